#include "db/postgres/snapshot.hpp"

#include "db/postgres/system_tables.hpp"

namespace vanna::postgres {
namespace {

// The dump may take hours while this connection says nothing.
constexpr char begin_moment[] =
    "set idle_in_transaction_session_timeout = 0; set statement_timeout = 0; "
    "begin isolation level repeatable read read only";
constexpr char read_target[] =
    "select version, origin, size, revision from target_state where target = 'default'";
constexpr char read_knowledge[] =
    "select collection, fingerprint, schema_version, revision, updated_at from knowledge_state "
    "where target = 'default'";

awaitable<result<replica::target_state>> target_of(session& on, deadline limit) {
    auto const found = co_await on.execute(read_target, params{}, limit);
    if (!found) co_return found.error();
    if (found->empty()) co_return replica::target_state{};
    auto const r = (*found)[0];
    co_return replica::target_state{r.string(0), r.string(1), std::uint64_t(r.integer(2)), r.integer(3)};
}

awaitable<result<replica::knowledge_state>> knowledge_of(session& on, deadline limit) {
    auto const found = co_await on.execute(read_knowledge, params{}, limit);
    if (!found) co_return found.error();
    if (found->empty()) co_return replica::knowledge_state{};
    auto const r = (*found)[0];
    co_return replica::knowledge_state{r.string(0), r.string(1), r.string(2), r.integer(3), r.time(4)};
}

awaitable<result<void>> read_into(exported_snapshot& out, session& on, deadline limit) {
    auto const applied = co_await applied_migrations(on, limit);
    if (!applied) co_return applied.error();
    if (applied->empty())
        co_return error{errc::unavailable,
                        public_text{"the system database records no migration; run vanna-engine init"}};
    out.migration = applied->back();
    auto target = co_await target_of(on, limit);
    if (!target) co_return target.error();
    out.target = std::move(*target);
    auto knowledge = co_await knowledge_of(on, limit);
    if (!knowledge) co_return knowledge.error();
    out.knowledge = std::move(*knowledge);
    auto counted = co_await count_rows(on, limit);
    if (!counted) co_return counted.error();
    out.rows = std::move(*counted);
    co_return result<void>{};
}

}  // namespace

awaitable<result<std::vector<std::string>>> applied_migrations(session& on, deadline limit) {
    auto const found =
        co_await on.execute("select name from schema_migrations order by name", params{}, limit);
    if (!found) co_return found.error();
    std::vector<std::string> out;
    for (int i = 0; i < found->size(); ++i)
        out.push_back((*found)[i].string(0));
    co_return out;
}

awaitable<result<row_counts>> count_rows(session& on, deadline limit) {
    row_counts out;
    for (auto const& table : system_tables()) {
        if (!table.is_archived) continue;
        std::string const name(table.name);
        auto const there = co_await on.execute("select to_regclass($1) is not null", params(name), limit);
        if (!there) co_return there.error();
        if (!(*there)[0].boolean(0)) continue;
        auto const counted = co_await on.execute("select count(*) from " + name, params{}, limit);
        if (!counted) co_return counted.error();
        out.emplace(name, (*counted)[0].integer(0));
    }
    co_return out;
}

awaitable<result<row_counts>> count_rows(address where, deadline limit) {
    auto on = co_await session::open(where.with_statement_timeout({}), limit);
    if (!on) co_return on.error();
    co_return co_await count_rows(**on, limit);
}

awaitable<result<std::unique_ptr<exported_snapshot>>> export_snapshot(address where, deadline limit) {
    auto on = co_await session::open(where.with_statement_timeout({}), limit);
    if (!on) co_return on.error();
    auto out = std::make_unique<exported_snapshot>();
    if (auto const begun = co_await (*on)->script(begin_moment, limit); !begun) co_return begun.error();
    auto const exported =
        co_await (*on)->execute("select pg_export_snapshot(), current_schema()", params{}, limit);
    if (!exported) co_return exported.error();
    out->id_ = (*exported)[0].string(0);
    if (auto const schema = (*exported)[0].string(1); schema != "public")
        co_return error{errc::conflict,
                        public_text{"the system database's tables are in the schema \"" + schema +
                                    "\", but a backup holds the schema public: set the role's search_path to "
                                    "public and move them there"}};
    out->server_version = (*on)->link().server_version();
    if (auto const read = co_await read_into(*out, **on, limit); !read) co_return read.error();
    out->held_ = std::move(*on);
    co_return out;
}

}  // namespace vanna::postgres
