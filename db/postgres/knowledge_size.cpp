#include "db/postgres/knowledge_size.hpp"

#include "db/postgres/session.hpp"

namespace vanna::postgres {
namespace {

// Every row counts, also an empty one.
constexpr char sum[] =
    "select ((select coalesce(sum(200 + octet_length(concat(term_name, description, synonyms, data_source, "
    "owner))), "
    "0) from public.business_ontologies) + (select coalesce(sum(200 + octet_length(concat(question, sql, "
    "proposed_by, "
    "approved_by))), 0) from public.knowledge_examples))::bigint";

}  // namespace

awaitable<result<std::uint64_t>> knowledge_size(address where, deadline limit) {
    auto on = co_await session::open(where.with_statement_timeout({}), limit);
    if (!on) co_return on.error();
    if (auto const plain = co_await (*on)->script("set search_path = pg_catalog, public", limit); !plain)
        co_return plain.error();
    auto const found = co_await (*on)->execute(sum, params{}, limit);
    if (!found) co_return found.error();
    co_return std::uint64_t((*found)[0].integer(0));
}

}  // namespace vanna::postgres
