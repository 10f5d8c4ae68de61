// The database apart that an archive is loaded into: its role reaches nothing else, and nothing of it stays.
#include "db/postgres/scratch.hpp"

#include "db/postgres/migrate.hpp"
#include "db/postgres/snapshot.hpp"
#include "db/postgres/system_tables.hpp"
#include "tests/unit/stores/migrated_database.hpp"

namespace vanna::postgres {
namespace {

using namespace test;

// A live database, and a scratch beside it that is dropped whatever happens.
struct beside : migrated_database {
    uuid id = new_id();
    std::string name = scratch_name(id);
    std::optional<scratch> made;

    beside() {
        run_coroutine([&]() -> awaitable<void> {
            auto done = co_await make_scratch(where(), id, after(20s));
            BOOST_REQUIRE_MESSAGE(done, done.error().message << " " << done.error().detail);
            made = *done;
        });
    }
    ~beside() {
        run_coroutine([&]() -> awaitable<void> { co_await drop_scratch(where(), name, after(20s)); }, 30s);
    }
    result<void> as_role(address to, std::string sql) const {
        result<void> out = error{};
        run_coroutine([&]() -> awaitable<void> {
            auto on = co_await session::open(to, after(5s));
            BOOST_REQUIRE_MESSAGE(on, on.error().detail);
            out = co_await (*on)->script(sql, after(10s));
        });
        return out;
    }
};

constexpr char sums[] =
    "select (select count(*) from pg_roles where rolname like 'vanna_scratch_%') + (select count(*) from "
    "pg_database where datname like 'vanna_scratch_%')";

}  // namespace

BOOST_AUTO_TEST_SUITE(scratch_databases)

BOOST_FIXTURE_TEST_CASE(the_role_has_no_rights_but_in_its_own_database, beside) {
    BOOST_TEST(
        ask("select concat_ws(',', rolsuper, rolcreatedb, rolcreaterole, rolreplication, rolbypassrls, "
            "rolconnlimit, rolvaliduntil between now() + interval '23 hours' and now() + interval '25 "
            "hours') from pg_roles where rolname = '" +
            name + "'") == "f,f,f,f,f,4,t");
    BOOST_TEST(ask("select count(*) from pg_auth_members where member = '" + name + "'::regrole") == "0");
    BOOST_TEST(as_role(made->where,
                       "create schema public; create table users (n int); insert into users "
                       "values (1)")
                   .has_value());
    for (auto sql : {"create role x", "create database x", "alter role current_user superuser",
                     "copy (select 1) to '/tmp/x'", "copy (select 1) to program 'true'",
                     "select pg_read_file('/etc/hostname')", "create extension dblink"})
        BOOST_TEST(!as_role(made->where, sql), sql);
}

BOOST_FIXTURE_TEST_CASE(it_reads_and_writes_no_table_of_the_live_database, beside) {
    auto const live = made->where.with_database(scratch_database::name());
    for (auto const& table : system_tables()) {
        std::string const t(table.name);
        BOOST_TEST(!as_role(live, "select * from " + t), t);
        BOOST_TEST(!as_role(live, "delete from " + t), t);
        BOOST_TEST(!as_role(live, "truncate " + t), t);
        BOOST_TEST(!as_role(live, "insert into " + t + " default values"), t);
        BOOST_TEST(!as_role(live, "lock table " + t + " in access share mode"), t);
    }
    for (auto sql : {"create table public.x (n int)", "create schema x",
                     "create function public.f() returns "
                     "int language sql as 'select 1'",
                     "select vanna_ensure_partitions(9)", "select vanna_drop_history('audit_logs', now())",
                     "drop table users"})
        BOOST_TEST(!as_role(live, sql), sql);
}

BOOST_FIXTURE_TEST_CASE(nobody_else_may_connect_to_it, beside) {
    auto const other = beside();
    auto const refused = [&](address to) {
        bool out = false;
        run_coroutine(
            [&]() -> awaitable<void> { out = !(co_await session::open(to, after(5s))).has_value(); });
        return out;
    };
    BOOST_TEST(refused(other.made->where.with_database(name)));
    BOOST_TEST(!refused(made->where));
    BOOST_TEST(refused(made->where.with_login(name, "guess")));
}

BOOST_FIXTURE_TEST_CASE(it_is_like_the_live_database_and_our_migrations_run_there, beside) {
    constexpr char locale[] =
        "select concat_ws(',', encoding, datcollate, datctype) from pg_database where datname = '";
    BOOST_TEST(ask(locale + name + "'") == ask(locale + scratch_database::name() + "'"));
    BOOST_TEST(as_role(made->where, "create schema public").has_value());
    run_coroutine([&]() -> awaitable<void> {
        auto const done = co_await migrate(made->where, after(20s));
        BOOST_TEST(bool(done), (done ? "" : done.error().message + done.error().detail));
        auto const counted = co_await count_rows(made->where, after(5s));
        BOOST_REQUIRE(counted);
        BOOST_TEST(counted->at("users") == 0);
    });
}

BOOST_FIXTURE_TEST_CASE(dropping_ends_its_sessions_and_twice_is_once, beside) {
    run_coroutine(
        [&]() -> awaitable<void> {
            auto const open = co_await session::open(made->where, after(5s));
            BOOST_REQUIRE(open);
            BOOST_TEST(bool(co_await (*open)->script(
                "begin; create schema public; create table public.x (n int)", after(5s))));
            auto const listed = co_await list_scratches(where(), after(5s));
            BOOST_REQUIRE(listed);
            BOOST_TEST((*listed == std::vector{name}));
            for (int i = 0; i < 2; ++i) {
                auto const gone = co_await drop_scratch(where(), name, after(20s));
                BOOST_TEST(bool(gone), (gone ? "" : gone.error().message + gone.error().detail));
            }
            BOOST_TEST(!(*open)->is_alive());
            BOOST_TEST((co_await list_scratches(where(), after(5s)))->empty());
        },
        60s);
    BOOST_TEST(ask("select count(*) from pg_roles where rolname = '" + name + "'") == "0");
    BOOST_TEST(ask("select count(*) from pg_database where datname = '" + name + "'") == "0");
}

BOOST_FIXTURE_TEST_CASE(what_was_half_made_is_listed_and_dropped, migrated_database) {
    auto const name = scratch_name(new_id());
    run("create role " + name + " login; comment on role " + name + " is 'scratch of " +
        scratch_database::name() + "'");
    run_coroutine(
        [&]() -> awaitable<void> {
            BOOST_TEST((*co_await list_scratches(where(), after(5s)) == std::vector{name}));
            BOOST_TEST(bool(co_await drop_scratch(where(), name, after(20s))));
            BOOST_TEST((co_await list_scratches(where(), after(5s)))->empty());
        },
        30s);
}

BOOST_FIXTURE_TEST_CASE(a_name_of_something_else_is_never_dropped, migrated_database) {
    run_coroutine([&]() -> awaitable<void> {
        for (auto name : {scratch_database::name(), std::string("vanna_scratch_"), std::string("postgres"),
                          "vanna_scratch_" + std::string(31, 'a') + "\""})
            BOOST_TEST(!co_await drop_scratch(where(), name, after(5s)), name);
    });
    BOOST_TEST(ask("select 1") == "1");
}

BOOST_FIXTURE_TEST_CASE(a_role_that_may_not_make_it_is_told_the_statement_that_helps, migrated_database) {
    auto const weak = "store_test_weak_" + std::to_string(std::hash<uuid>{}(new_id()));
    run("create role " + weak + " login password 'w'");
    auto const before = ask(sums);
    run_coroutine([&]() -> awaitable<void> {
        auto const done = co_await make_scratch(where().with_login(weak, "w"), new_id(), after(10s));
        BOOST_REQUIRE(!done);
        BOOST_TEST(done.error().type == "role-rights");
        BOOST_TEST(
            done.error().message.find("alter role " + weak + " createdb createrole") != std::string::npos,
            done.error().message);
    });
    BOOST_TEST(ask(sums) == before);
    run("drop role " + weak);
}

BOOST_FIXTURE_TEST_CASE(one_of_the_same_id_is_left_alone, beside) {
    run_coroutine([&]() -> awaitable<void> {
        auto const second = co_await make_scratch(where(), id, after(10s));
        BOOST_REQUIRE(!second);
        BOOST_TEST((second.error().code == errc::conflict));
        BOOST_TEST(bool(co_await session::open(made->where, after(5s))));
    });
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vanna::postgres
