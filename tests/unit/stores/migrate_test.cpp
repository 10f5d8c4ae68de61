// Migrations on a real server: order, checksums, two at once, databases that are missing or somebody else's.
#include "db/postgres/migrate.hpp"

#include "tests/unit/stores/migrated_database.hpp"

namespace vanna::postgres {
namespace {

using namespace test;

result<migration_status> migrated(address where) {
    result<migration_status> out = error{};
    run_coroutine([&]() -> awaitable<void> { out = co_await migrate(where, after(20s)); }, 30s);
    return out;
}

result<migration_status> inspected(address where) {
    result<migration_status> out = error{};
    run_coroutine([&]() -> awaitable<void> { out = co_await inspect_migrations(where, after(20s)); });
    return out;
}

result<void> validated(address where) {
    result<void> out = error{};
    run_coroutine([&]() -> awaitable<void> { out = co_await validate_schema(where, after(20s)); });
    return out;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(migrations)

BOOST_FIXTURE_TEST_CASE(an_empty_database_gets_everything_and_a_second_run_nothing, scratch_database) {
    auto const before = inspected(where());
    BOOST_REQUIRE(before);
    BOOST_TEST(before->database_exists);
    BOOST_TEST(before->applied.empty());
    BOOST_TEST(before->pending.size() >= 3u);
    BOOST_TEST(!validated(where()));

    auto const first = migrated(where());
    BOOST_REQUIRE_MESSAGE(first, first.error().message << first.error().detail);
    BOOST_TEST(first->applied == before->pending, boost::test_tools::per_element());
    BOOST_TEST(first->partitions_made == 6);
    auto const valid = validated(where());
    BOOST_TEST(bool(valid), (valid ? "" : valid.error().message));

    auto const second = migrated(where());
    BOOST_REQUIRE(second);
    BOOST_TEST(second->applied.empty());
    BOOST_TEST(second->partitions_made == 0);
}

BOOST_AUTO_TEST_CASE(a_missing_database_is_made_and_two_at_once_share_the_work) {
    auto const name = "store_test_" + to_string(new_id()) + " \"odd\"";
    auto const where = server(name);
    auto const nothing = inspected(where);
    BOOST_REQUIRE(nothing);
    BOOST_TEST(!nothing->database_exists);
    std::size_t applied = 0;
    run_coroutine(
        [&]() -> awaitable<void> {
            co_await side_by_side(4, [&](std::size_t) -> awaitable<void> {
                auto const done = co_await migrate(where, after(20s));
                BOOST_TEST(bool(done), (done ? "" : done.error().message + done.error().detail));
                if (done) applied += done->applied.size();
            });
            auto other = co_await session::open(server("postgres"), after(5s));
            co_await (*other)->script(
                "drop database \"" + name.substr(0, name.find('"')) + "\"\"odd\"\"\" with (force)",
                after(5s));
        },
        30s);
    BOOST_TEST(applied == nothing->pending.size());
}

BOOST_FIXTURE_TEST_CASE(of_several_open_jobs_of_a_kind_the_furthest_goes_on, migrated_database) {
    run("delete from schema_migrations where name = '0004_one_open_job.sql'; drop index jobs_one_open; "
        "create index jobs_open on jobs (type) where state in ('queued', 'running'); "
        "insert into jobs (id, type, state, owner) select gen_random_uuid(), 'train', state, "
        "gen_random_uuid() "
        "from unnest(array['queued', 'running', 'queued', 'succeeded']) state");
    BOOST_REQUIRE(migrated(where()));
    with_pool(*this, [](pool& p) -> awaitable<void> {
        auto const all = co_await create_job_store(p)->list({.type = "train"}, {}, after(5s));
        BOOST_REQUIRE(all);
        std::map<jobs::state, int> states;
        for (auto const& j : all->items)
            ++states[j.state];
        BOOST_TEST(states[jobs::state::running] == 1);
        BOOST_TEST(states[jobs::state::failed] == 2);
        BOOST_TEST(states[jobs::state::succeeded] == 1);
    });
}

BOOST_FIXTURE_TEST_CASE(a_changed_applied_migration_is_refused_by_name, migrated_database) {
    run("update schema_migrations set sha256 = 'x' where name = '0002_history.sql'");
    auto const outcome = migrated(where());
    BOOST_REQUIRE(!outcome);
    BOOST_TEST(outcome.error().type == "migration-changed");
    BOOST_TEST(outcome.error().message.find("0002_history.sql") != std::string::npos);
}

BOOST_FIXTURE_TEST_CASE(a_newer_releases_migrations_are_reported_and_left_alone, migrated_database) {
    run("insert into schema_migrations (name, sha256) values ('9999_future.sql', 'x')");
    auto const outcome = migrated(where());
    BOOST_REQUIRE(outcome);
    BOOST_TEST(outcome->unknown == std::vector<std::string>{"9999_future.sql"},
               boost::test_tools::per_element());
}

BOOST_FIXTURE_TEST_CASE(the_older_systems_tables_are_recognised_and_not_touched, scratch_database) {
    run("create table users (id serial primary key, email text, hashed_password text); insert into users "
        "(email, hashed_password) values ('a@example.com', '$2b$12$x')");
    auto const outcome = migrated(where());
    BOOST_REQUIRE(!outcome);
    BOOST_TEST(outcome.error().type == "older-system");
    BOOST_TEST(outcome.error().message.find("--adopt") != std::string::npos);
    BOOST_TEST(ask("select email from users") == "a@example.com");
    BOOST_TEST(ask("select count(*) from pg_tables where schemaname = 'public'") == "1");
}

BOOST_FIXTURE_TEST_CASE(tables_of_something_else_are_told_apart, scratch_database) {
    run("create table jobs (n int)");
    auto const outcome = migrated(where());
    BOOST_REQUIRE(!outcome);
    BOOST_TEST(outcome.error().type == "foreign-tables");
}

BOOST_FIXTURE_TEST_CASE(every_difference_from_the_expected_schema_is_listed, migrated_database) {
    run("alter table users drop column full_name; alter table jobs alter column progress type bigint; drop "
        "table feedback; alter table users add column extra text; create table beside (n int)");
    auto const outcome = validated(where());
    BOOST_REQUIRE(!outcome);
    BOOST_TEST(outcome.error().type == "schema-mismatch");
    for (auto part : {"column users.full_name is missing", "column jobs.progress is bigint, expected integer",
                      "table feedback is missing"})
        BOOST_TEST(outcome.error().message.find(part) != std::string::npos, part);
    BOOST_TEST(outcome.error().message.find("extra") == std::string::npos);
}

BOOST_FIXTURE_TEST_CASE(the_audit_trail_takes_no_change_and_no_deletion, migrated_database) {
    auto const add = [&](uuid id) {
        run("insert into audit_logs (id, action, timestamp) values ('" + to_string(id) + "', 'test', now())");
    };
    add(new_id());
    add(*parse_uuid("00000000-0000-7000-8000-000000000001"));
    run_coroutine([&]() -> awaitable<void> {
        auto on = co_await session::open(where(), after(5s));
        for (auto sql : {"update audit_logs set action = 'x'", "delete from audit_logs",
                         "truncate audit_logs", "truncate audit_logs_default",
                         "set vanna.audit_retention = '00000000-0000-7000-8000-000000000002'; delete from "
                         "audit_logs"}) {
            auto const outcome = co_await (*on)->script(sql, after(5s));
            BOOST_TEST(!outcome, sql);
        }
    });
    BOOST_TEST(ask("select count(*) from audit_logs") == "2");
}

BOOST_FIXTURE_TEST_CASE(old_months_are_dropped_with_their_feedback_and_recent_ones_stay, migrated_database) {
    run("create table queries_2020_03 partition of queries for values from (vanna_first_id('2020-03-01Z')) "
        "to "
        "(vanna_first_id('2020-04-01Z'));"
        "create table audit_logs_2020_03 partition of audit_logs for values from "
        "(vanna_first_id('2020-03-01Z')) "
        "to (vanna_first_id('2020-04-01Z'));"
        "insert into users (id, email, password_hash, role) values (vanna_first_id('2020-01-01Z'), 'a', 'h', "
        "'viewer');"
        "insert into queries (id, record_key, user_id, status, created_at, executed_at) select "
        "vanna_first_id(t), vanna_first_id(t), u.id, 'success', t, t from users u, "
        "unnest(array['2020-03-05Z', "
        "'2019-01-01Z', now()]::timestamptz[]) t;"
        "insert into feedback (id, query_id, user_id, rating) select q.id, q.id, u.id, 5 from queries q, "
        "users u;"
        "insert into audit_logs (id, action, timestamp) select id, 'a', created_at from queries");
    BOOST_TEST(ask("select vanna_drop_history('queries', '2020-03-31Z')") == "1");
    BOOST_TEST(ask("select vanna_drop_history('queries', '2020-04-01Z')") == "1");
    BOOST_TEST(ask("select vanna_drop_history('audit_logs', now() - interval '90 days')") == "2");
    BOOST_TEST(ask("select count(*) from queries") == "1");
    BOOST_TEST(ask("select count(*) from feedback") == "1");
    BOOST_TEST(ask("select count(*) from audit_logs") == "1");
    BOOST_TEST(ask("select to_regclass('queries_2020_03') is null") == "t");
}

BOOST_FIXTURE_TEST_CASE(a_month_already_in_the_default_partition_stays_there, migrated_database) {
    auto const month = "queries_" + ask("select to_char(now() at time zone 'UTC', 'YYYY_MM')");
    run("alter table queries detach partition " + month + "; drop table " + month);
    run("insert into queries (id, record_key, status, created_at, executed_at) values ('" +
        to_string(new_id()) + "', '" + to_string(new_id()) + "', 'success', now(), now())");
    BOOST_TEST(ask("select vanna_ensure_partitions(2)") == "0");
    BOOST_TEST(ask("select count(*) from queries_default") == "1");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vanna::postgres
