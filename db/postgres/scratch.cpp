#include "db/postgres/scratch.hpp"

#include "core/auth/secret.hpp"
#include "db/postgres/password.hpp"
#include "db/postgres/sqlstate.hpp"

namespace vanna::postgres {
namespace {

constexpr std::string_view prefix = "vanna_scratch_";
constexpr auto longest_use = std::chrono::days(1);

constexpr char ask_rights[] =
    "select rolsuper or (rolcreaterole and rolcreatedb), format('alter role %I createdb createrole', "
    "current_user) from pg_roles where rolname = current_user";

// The statements that make a scratch, quoted by the server: the role with its mark and the engine's
// membership in it (a database is given only to a role that its maker is a member of), then the database,
// like the live one.
constexpr char write_role[] =
    "select format('begin; create role %1$I login nosuperuser nocreatedb nocreaterole noreplication "
    "nobypassrls connection limit 4 password %2$L valid until %3$L; comment on role %1$I is %4$L; grant %1$I "
    "to "
    "current_user; commit', $1::text, $2::text, $3::text, 'scratch of ' || current_database())";
constexpr char write_database[] =
    "select format('create database %1$I owner %1$I template template0 encoding %2$L lc_collate %3$L "
    "lc_ctype "
    "%4$L', $1::text, pg_encoding_to_char(encoding), datcollate, datctype) || case when "
    "to_jsonb(d)->>'datlocprovider' = 'i' then format(' locale_provider icu icu_locale %L', "
    "coalesce(to_jsonb(d)->>'daticulocale', to_jsonb(d)->>'datlocale')) else '' end, format('revoke all on "
    "database %I from public', $1::text) from pg_database d where datname = current_database()";

// A membership is what lets a role that is no superuser end the sessions and drop the database.
constexpr char write_hold[] =
    "select format('alter role %1$I nologin; grant %1$I to current_user', rolname) from pg_roles where "
    "rolname "
    "= $1::text";
constexpr char end_sessions[] =
    "select pg_terminate_backend(pid) from pg_stat_activity where datname = $1::text and backend_type = "
    "'client "
    "backend'";
constexpr char write_drop[] =
    "select format('drop database if exists %I', $1::text), format('drop role if exists %I', $1::text)";
constexpr char list_marked[] =
    "select rolname from pg_roles where rolname ^@ $1::text and shobj_description(oid, 'pg_authid') = "
    "'scratch "
    "of ' || current_database() order by rolname";

bool is_scratch_name(std::string_view name) {
    return name.size() == prefix.size() + 32 && name.starts_with(prefix) &&
           name.find_first_not_of("0123456789abcdef", prefix.size()) == name.npos;
}

awaitable<result<void>> require_rights(session& on, deadline limit) {
    auto const asked = co_await on.execute(ask_rights, params{}, limit);
    if (!asked) co_return asked.error();
    if ((*asked)[0].boolean(0)) co_return result<void>{};
    co_return error{errc::conflict,
                    public_text{"the engine's PostgreSQL role may not make the role and the database that an "
                                "archive is loaded into; let a superuser run: " +
                                (*asked)[0].string(1)}}
        .with_type("role-rights");
}

awaitable<result<void>> make(session& on, std::string name, std::string password, deadline limit) {
    auto const stored = password_verifier(on, password, name);
    if (!stored) co_return stored.error();
    auto const role =
        co_await on.execute(write_role, params(name, *stored, to_rfc3339(now() + longest_use)), limit);
    if (!role) co_return role.error();
    auto done = co_await on.script((*role)[0].string(0), limit);
    if (!done) {
        co_await on.rollback(limit);
        co_return done;
    }
    auto const database = co_await on.execute(write_database, params(name), limit);
    if (!database) co_return database.error();
    for (int i = 0; done && i < 2; ++i)
        done = co_await on.script((*database)[0].string(i), limit);
    co_return done;
}

// As the role: that it may log in is what everything after this depends on.
awaitable<result<void>> empty(address where, deadline limit) {
    auto on = co_await session::open(where, limit);
    if (!on) {
        auto failure = on.error();
        failure.message = "the role " + where.user() +
                          ", made for this, cannot log in to its database; pg_hba.conf must let roles named "
                          "vanna_scratch_… use databases of the same name with a password";
        co_return failure;
    }
    co_return co_await (*on)->script("drop schema if exists public", limit);
}

}  // namespace

std::string scratch_name(uuid const& id) {
    auto text = to_string(id);
    std::erase(text, '-');
    return std::string(prefix) + text;
}

awaitable<result<scratch>> make_scratch(address admin, uuid id, deadline limit) {
    auto on = co_await session::open(admin.with_statement_timeout({}), limit);
    if (!on) co_return on.error();
    if (auto const may = co_await require_rights(**on, limit); !may) co_return may.error();
    auto const name = scratch_name(id);
    auto const password = auth::random_token();
    scratch out{name, admin.with_login(name, password).with_database(name).with_statement_timeout({})};
    auto done = co_await make(**on, name, password, limit);
    if (!done && done.error().code == errc::conflict)
        co_return done.error();  // there already: somebody else's
    if (done) done = co_await empty(out.where, limit);
    if (done) co_return out;
    co_await drop_scratch(admin, name, after(std::chrono::seconds(30)));
    co_return done.error();
}

awaitable<result<void>> drop_scratch(address admin, std::string name, deadline limit) {
    if (!is_scratch_name(name))
        co_return error{errc::invalid_input,
                        public_text{"\"" + name + "\" is not the name of a scratch database"}};
    auto on = co_await session::open(admin.with_statement_timeout({}), limit);
    if (!on) co_return on.error();
    auto const hold = co_await (*on)->execute(write_hold, params(name), limit);
    if (!hold) co_return hold.error();
    if (!hold->empty())
        if (auto const held = co_await (*on)->script((*hold)[0].string(0), limit); !held) co_return held;
    auto const drops = co_await (*on)->execute(write_drop, params(name), limit);
    if (!drops) co_return drops.error();
    // Not WITH (FORCE): it fails while autovacuum, which is not ours to end, looks at the database. A plain
    // DROP sends autovacuum away and waits some seconds for sessions that are closing.
    for (;;) {
        if (auto const ended = co_await (*on)->execute(end_sessions, params(name), limit); !ended)
            co_return ended.error();
        auto const dropped = co_await (*on)->script((*drops)[0].string(0), limit);
        if (dropped) break;
        if (dropped.error().code != errc::conflict) co_return dropped;
    }
    co_return co_await (*on)->script((*drops)[0].string(1), limit);
}

awaitable<result<std::vector<std::string>>> list_scratches(address admin, deadline limit) {
    auto on = co_await session::open(admin, limit);
    if (!on) co_return on.error();
    auto const found = co_await (*on)->execute(list_marked, params(prefix), limit);
    if (!found) co_return found.error();
    std::vector<std::string> out;
    for (int i = 0; i < found->size(); ++i)
        if (is_scratch_name((*found)[i].text(0))) out.push_back((*found)[i].string(0));
    co_return out;
}

}  // namespace vanna::postgres
