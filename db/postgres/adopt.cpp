#include "db/postgres/adopt.hpp"

#include <span>

#include "core/embedded_file.hpp"
#include "db/postgres/migrate.hpp"

namespace vanna::postgres {

namespace adopt {
std::span<embedded_file const> files();  // assets/adopt
}

namespace {

// Only what has one of our names has to go out of the way, and only before our first migration.
constexpr char put_aside[] = R"(
do $$
declare name text;
begin
    if to_regclass('schema_migrations') is null and to_regclass('users') is not null then
        for name in select table_name from information_schema.tables where table_schema = current_schema()
            and table_type = 'BASE TABLE' and table_name in ('users', 'queries', 'feedback', 'audit_logs',
            'configurations', 'business_ontologies', 'conversations', 'jobs')
        loop
            execute 'create schema if not exists vanna_old';
            execute format('alter table %I set schema vanna_old', name);
        end loop;
    end if;
end $$)";

constexpr char has_put_aside[] = "select to_regnamespace('vanna_old') is not null";

constexpr char count_adopted[] =
    "select (select count(*) from users), (select count(*) from users where password_hash = '!'), (select "
    "count(*) from queries), (select count(*) from feedback), (select count(*) from audit_logs), (select "
    "count(*) from business_ontologies)";

awaitable<result<void>> copy(session& db, deadline limit) {
    auto done = co_await db.begin(limit);
    for (auto const& file : adopt::files())
        if (done) done = co_await db.script(std::string(file.bytes), limit);
    if (!done) {
        co_await db.rollback(limit);
        co_return done;
    }
    co_return co_await db.commit(limit);
}

}  // namespace

awaitable<result<bool>> has_older_system(address where, deadline limit) {
    auto const found = co_await inspect_migrations(where, limit);
    if (!found && found.error().type == "older-system") co_return true;
    if (!found) co_return found.error();
    if (!found->database_exists) co_return false;
    auto on = co_await session::open(where, limit);
    if (!on) co_return on.error();
    auto const left = co_await (*on)->execute(has_put_aside, params{}, limit);
    if (!left) co_return left.error();
    co_return (*left)[0].boolean(0);
}

awaitable<result<adoption>> adopt_older_system(address where, deadline limit) {
    auto on = co_await session::open(where, limit);
    if (!on) co_return on.error();
    session& db = **on;
    auto const locked =
        co_await db.execute("select pg_advisory_lock(hashtextextended('vanna adopt', 0))", params{}, limit);
    if (!locked) co_return locked.error();
    if (auto const aside = co_await db.script(put_aside, limit); !aside) co_return aside.error();
    auto const left = co_await db.execute(has_put_aside, params{}, limit);
    if (!left) co_return left.error();
    if (!(*left)[0].boolean(0))
        co_return error{errc::conflict, public_text{"the database holds no tables of the older system"}}
            .with_type("no-older-system");
    if (auto const migrated = co_await migrate(where, limit); !migrated) co_return migrated.error();
    if (auto const copied = co_await copy(db, limit); !copied) co_return copied.error();
    auto const counted = co_await db.execute(count_adopted, params{}, limit);
    if (!counted) co_return counted.error();
    auto const r = (*counted)[0];
    co_return adoption{r.integer(0), r.integer(1), r.integer(2), r.integer(3), r.integer(4), r.integer(5)};
}

}  // namespace vanna::postgres
