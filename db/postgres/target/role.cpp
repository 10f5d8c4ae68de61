#include "db/postgres/target/role.hpp"

namespace vanna::pg_target {
namespace {

// Roles that it could become count as well as those whose rights it has: pg_has_role(…, 'member'). So do
// those of the log-in, where the server gives that another role.
constexpr char look[] = R"sql(
with mine as (select oid, rolname, rolsuper from pg_catalog.pg_roles
              where pg_catalog.pg_has_role(current_user, oid, 'member') or pg_catalog.pg_has_role(session_user, oid, 'member'))
select current_user,
  (select rolname from mine where rolsuper order by rolname limit 1),
  (select pg_catalog.string_agg(rolname, ', ' order by rolname) from mine
   where rolname ~ '^pg_.*_server_' or rolname in ('pg_write_all_data', 'pg_signal_backend')),
  (select pg_catalog.format('%I.%I', n.nspname, c.relname)
   from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace, mine
   where c.relkind in ('r', 'p', 'v', 'f') and n.nspname not in ('pg_catalog', 'information_schema')
     and n.nspname !~ '^pg_(toast|temp)'
     and (pg_catalog.has_table_privilege(mine.oid, c.oid, 'insert, update, delete, truncate')
          or pg_catalog.has_any_column_privilege(mine.oid, c.oid, 'insert, update'))
   order by 1 limit 1),
  exists (select from pg_catalog.pg_class a
          join pg_catalog.pg_class b on b.relnamespace = a.relnamespace and b.relname = 'target_state'
          join pg_catalog.pg_class c on c.relnamespace = a.relnamespace and c.relname = 'knowledge_state'
          where a.relname = 'schema_migrations')
)sql";

// For the demo data of a System DB, whose other tables hold accounts. An extension's tables are for
// everybody.
constexpr char look_beside_demo[] = R"sql(
with mine as (select oid from pg_catalog.pg_roles where pg_catalog.pg_has_role(current_user, oid, 'member'))
select current_user,
  (select pg_catalog.format('%I.%I', n.nspname, c.relname)
   from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace, mine
   where c.relkind in ('r', 'p', 'v', 'm', 'f') and n.nspname not in ('demo', 'pg_catalog', 'information_schema')
     and n.nspname !~ '^pg_(toast|temp)'
     and not exists (select from pg_catalog.pg_depend d where d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass
                     and d.objid = c.oid and d.deptype = 'e')
     and pg_catalog.has_any_column_privilege(mine.oid, c.oid, 'select')
     and pg_catalog.has_schema_privilege(mine.oid, n.oid, 'usage')
   order by 1 limit 1)
)sql";

error refused(std::string message) {
    return error{errc::conflict, public_text{"the target database is refused: " + std::move(message)}}
        .with_type("target-refused");
}

constexpr char create[] =
    "; name in the target's address a role that may only read: create role reader login password '…'; grant "
    "usage on schema … to reader; grant select on all tables in schema … to reader";

result<void> check_sees_demo_alone(link& on, watch const& until) {
    auto const seen = on.script(look_beside_demo, until);
    if (!seen) return seen.error();
    auto const r = (*seen)[0];
    if (r.is_null(1)) return {};
    return refused("the role " + r.string(0) + ", which reads the demo data, may read the table " +
                   r.string(1) +
                   " too; revoke select on it from that role, from the roles it is a member of and from "
                   "public");
}

}  // namespace

result<void> check_role(link& on, bool is_demo, watch const& until) {
    auto const seen = on.script(look, until);
    if (!seen) return seen.error();
    auto const r = (*seen)[0];
    auto const role = "the role " + r.string(0);
    if (!is_demo && r.boolean(4))
        return refused(
            "it is a System DB, of this or another Vanna Insight Engine, and holds accounts and the "
            "audit trail; name the database that holds the business data in TARGET_DATABASE_URL");
    if (!r.is_null(1))
        return refused(
            role +
            (r.string(1) == r.string(0) ? " is a superuser" : " may become the superuser " + r.string(1)) +
            create);
    if (!r.is_null(2)) return refused(role + " is a member of " + r.string(2) + create);
    if (!r.is_null(3))
        return refused(role + " may write the table " + r.string(3) +
                       "; revoke insert, update, delete and truncate from it (an owner always may), or" +
                       std::string(create).substr(1));
    return is_demo ? check_sees_demo_alone(on, until) : result<void>();
}

}  // namespace vanna::pg_target
