#include "db/postgres/target/catalog.hpp"

namespace vanna::pg_target {
namespace {

// `own`: functions of the schemas that a statement may name something of; `code`: of any schema. What an
// extension brought was installed by somebody who may install code.
constexpr char own_names_sql[] = R"sql(
with recursive extensions as (
  select classid, objid from pg_catalog.pg_depend where deptype = 'e'),
path as (
  select oid from pg_catalog.pg_namespace
  where nspname = any (pg_catalog.current_schemas(false)) and nspname <> 'pg_catalog'),
code as (
  select p.* from pg_catalog.pg_proc p
  where p.oid >= 16384
    and not exists (select from extensions e where e.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass
                    and e.objid = p.oid)),
own as (select code.* from code join path on path.oid = code.pronamespace),
own_operators as (
  select o.* from pg_catalog.pg_operator o where o.oid >= 16384
    and not exists (select from extensions e where e.classid = 'pg_catalog.pg_operator'::pg_catalog.regclass
                    and e.objid = o.oid)),
-- What x.name and (x).name call with x as their only argument, be it a row or not. PostgreSQL's own immutable
-- functions and its casts do no harm.
of_values as (
  select distinct p.proname as name from pg_catalog.pg_proc p
  where p.prokind <> 'p' and p.pronargs >= 1 and p.pronargs - p.pronargdefaults <= 1
    and (p.pronamespace in (select oid from path)
         or p.pronamespace = 'pg_catalog'::pg_catalog.regnamespace
            and (p.oid >= 16384 or p.provolatile <> 'i')
            and not exists (select from pg_catalog.pg_cast c where c.castfunc = p.oid and c.oid < 16384))),
tables as (
  select c.oid, c.relname as name, pg_catalog.count(*) over (partition by c.relname) as of_name
  from pg_catalog.pg_class c
  join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  where c.relkind in ('r', 'p', 'v', 'm', 'f', 'S') and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'),
-- Types whose values are not made without such code: by a cast, by a check, by their own input or order.
own_types as (
  select c.casttarget as oid from pg_catalog.pg_cast c join code on code.oid = c.castfunc
  union
  select c.castsource from pg_catalog.pg_cast c join code on code.oid = c.castfunc where c.castsource >= 16384
  union
  select k.contypid from pg_catalog.pg_constraint k
  join pg_catalog.pg_depend d on d.classid = 'pg_catalog.pg_constraint'::pg_catalog.regclass and d.objid = k.oid
  where k.contypid <> 0
    and (d.refclassid = 'pg_catalog.pg_proc'::pg_catalog.regclass and d.refobjid in (select oid from code)
         or d.refclassid = 'pg_catalog.pg_operator'::pg_catalog.regclass
            and d.refobjid in (select oid from own_operators))
  union
  select t.oid from pg_catalog.pg_type t
  where exists (select from code where code.oid in (t.typinput, t.typreceive, t.typmodin))
  union
  select r.rngtypid from pg_catalog.pg_range r join pg_catalog.pg_opclass o on o.oid = r.rngsubopc
  where exists (select from code where code.oid in (r.rngcanonical, r.rngsubdiff))
     or exists (select from pg_catalog.pg_amproc f join code on code.oid = f.amproc
                where f.amprocfamily = o.opcfamily)),
-- And those made of them; not of PostgreSQL's own, which nearly everything is made of.
types as (
  select oid from own_types
  union
  select made.oid from types join lateral (
    select t.oid from pg_catalog.pg_type t where types.oid in (t.typbasetype, t.typelem)
    union all
    select c.reltype from pg_catalog.pg_attribute a join pg_catalog.pg_class c on c.oid = a.attrelid
    where a.atttypid = types.oid and c.reltype <> 0 and not a.attisdropped
    union all
    select r.rngtypid from pg_catalog.pg_range r where r.rngsubtype = types.oid
    union all
    select r.rngmultitypid from pg_catalog.pg_range r where r.rngtypid = types.oid) made
    on types.oid >= 16384),
-- x.name casts, too.
after_a_dot as (
  select name from of_values
  union
  select t.typname from types join pg_catalog.pg_type t on t.oid = types.oid)
select 'function' as kind, proname::text as name, '' as "table" from own
union
select 'operator', o.oprname::text, '' from own_operators o join path on path.oid = o.oprnamespace
union
select 'value', name::text, '' from of_values
union
select 'table', name::text, '' from tables
union
select 'column', a.attname::text, t.name::text from tables t
join pg_catalog.pg_attribute a on a.attrelid = t.oid and a.attnum > 0 and not a.attisdropped
where a.attname in (select name from after_a_dot)
group by a.attname, t.name, t.of_name
having pg_catalog.count(*) = t.of_name
union
select 'type', t.typname::text, '' from types join pg_catalog.pg_type t on t.oid = types.oid
)sql";

}  // namespace

result<own_names> read_own_names(link& on, watch const& until) {
    auto const found = on.script(own_names_sql, until);
    if (!found) return found.error();
    own_names out;
    for (int i = 0; i < found->size(); ++i) {
        auto const row = (*found)[i];
        auto const kind = row.text(0);
        auto& list = kind == "function"   ? out.functions
                     : kind == "operator" ? out.operators
                     : kind == "type"     ? out.types
                     : kind == "value"    ? out.of_values
                     : kind == "table"    ? out.tables
                                          : out.tables_with[row.string(1)];
        list.insert(row.string(kind == "column" ? 2 : 1));
    }
    std::erase_if(out.of_values, [&](auto const& name) {
        return is_allowed_function(name) && !out.functions.contains(name);
    });
    return out;
}

void refuse_look_ups(own_names& to) {
    for (std::string const type :
         {"regclass", "regcollation", "regconfig", "regdictionary", "regnamespace", "regoper", "regoperator",
          "regproc", "regprocedure", "regrole", "regtype", "aclitem"}) {
        to.types.insert("_" + type);  // its arrays
        to.types.insert(type);
    }
}

}  // namespace vanna::pg_target
