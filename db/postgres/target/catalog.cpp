#include "db/postgres/target/catalog.hpp"

namespace vanna::pg_target {
namespace {

constexpr char readable_schemas[] = R"sql(
select pg_catalog.string_agg(pg_catalog.quote_ident(nspname), ', ' order by place, nspname)
from (select n.nspname, pg_catalog.array_position(pg_catalog.current_schemas(false), n.nspname) as place
      from pg_catalog.pg_namespace n
      where n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
        and pg_catalog.has_schema_privilege(n.oid, 'usage')
        and exists (select from pg_catalog.pg_class c
                    where c.relnamespace = n.oid and c.relkind in ('r', 'p', 'v', 'm', 'f')
                      and pg_catalog.has_any_column_privilege(c.oid, 'select'))
      limit 500) readable
)sql";

}  // namespace

std::string quote_name(std::string_view name) {
    std::string out = "\"";
    for (char const c : name)
        (out += c) += c == '"' ? "\"" : "";
    return out + "\"";
}

std::string quote_table(std::string_view name) {
    auto const dot = name.find('.');
    return dot == name.npos ? quote_name(name)
                            : quote_name(name.substr(0, dot)) + "." + quote_name(name.substr(dot + 1));
}

result<std::string> read_search_path(link& on, watch const& until) {
    auto const found = on.script(readable_schemas, until);
    if (!found) return found.error();
    auto path = (*found)[0].string(0);
    return path.empty() ? std::string("''") : path;
}

}  // namespace vanna::pg_target
