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

// What an extension brought was installed by somebody who may install code.
constexpr char own_functions[] = R"sql(
with path as (select oid from pg_catalog.pg_namespace
              where nspname = any (pg_catalog.current_schemas(false)) and nspname <> 'pg_catalog'),
own as (select p.* from pg_catalog.pg_proc p join path on path.oid = p.pronamespace
        where not exists (select from pg_catalog.pg_depend d where d.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass
                          and d.objid = p.oid and d.deptype = 'e'))
select 'function' as kind, proname::text as name from own
union
select 'operator', o.oprname::text from pg_catalog.pg_operator o join path on path.oid = o.oprnamespace
where not exists (select from pg_catalog.pg_depend d where d.classid = 'pg_catalog.pg_operator'::pg_catalog.regclass
                  and d.objid = o.oid and d.deptype = 'e')
union
select 'row', own.proname::text from own join pg_catalog.pg_type t on t.oid = own.proargtypes[0]
where own.pronargs >= 1 and own.pronargs - own.pronargdefaults <= 1 and t.typtype in ('c', 'p', 'd')
  and not exists (select from pg_catalog.pg_attribute a where a.attrelid = t.typrelid and a.attname = own.proname)
union
select 'type', t.typname::text from pg_catalog.pg_cast c join pg_catalog.pg_type t on t.oid = c.casttarget
where c.castfunc >= 16384
  and not exists (select from pg_catalog.pg_depend d where d.classid = 'pg_catalog.pg_cast'::pg_catalog.regclass
                  and d.objid = c.oid and d.deptype = 'e')
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

result<own_names> read_own_names(link& on, watch const& until) {
    auto const found = on.script(own_functions, until);
    if (!found) return found.error();
    own_names out;
    for (int i = 0; i < found->size(); ++i) {
        auto const kind = (*found)[i].text(0);
        auto& list = kind == "function"   ? out.functions
                     : kind == "operator" ? out.operators
                     : kind == "type"     ? out.types
                                          : out.of_rows;
        list.insert((*found)[i].string(1));
    }
    return out;
}

void refuse_look_ups(own_names& to) {
    for (auto type : {"regclass", "regcollation", "regnamespace", "regoper", "regoperator", "regproc",
                      "regprocedure", "regrole", "regtype"})
        to.types.insert(type);
}

}  // namespace vanna::pg_target
