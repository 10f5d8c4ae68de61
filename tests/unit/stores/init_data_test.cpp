// What init puts into the System DB beside the migrations: the demo tables, the older system's rows; and what
// housekeeping takes out again.
#include "db/postgres/adopt.hpp"
#include "db/postgres/demo.hpp"
#include "db/postgres/housekeeping.hpp"
#include "tests/unit/stores/migrated_database.hpp"

namespace vanna::postgres {
namespace {
using namespace test;
}

BOOST_AUTO_TEST_SUITE(init_data)

BOOST_FIXTURE_TEST_CASE(demo_tables_are_made_once_and_are_the_same_everywhere, migrated_database) {
    run_coroutine([&]() -> awaitable<void> {
        int made = 0;
        co_await side_by_side(3, [&](std::size_t) -> awaitable<void> {
            auto const outcome = co_await seed_demo(where(), after(20s));
            BOOST_TEST(bool(outcome), (outcome ? "" : outcome.error().detail));
            made += outcome && *outcome;
        });
        BOOST_TEST(made == 1);
    });
    BOOST_TEST(ask("select count(*) from demo.accounting_transactions") == "600");
    BOOST_TEST(
        ask("select md5(string_agg(t::text, '|' order by t.id)) from demo.accounting_transactions t") ==
        "40f396c510eeb730a1622945b71abdfd");
    BOOST_TEST(ask("select count(distinct kind) from demo.monthly_totals") == "4");
}

BOOST_FIXTURE_TEST_CASE(the_older_system_is_taken_over_with_everything_that_makes_sense, scratch_database) {
    run(R"(
        create table users (id serial primary key, email text, hashed_password text, full_name text,
            is_superuser bool default false, role text, is_active bool default true, created_at timestamptz default now());
        create table queries (id serial primary key, user_id int references users, question text, generated_sql text,
            status text, row_count int, created_at timestamp default now());
        create table feedback (id serial primary key, query_id int references queries, user_id int, rating int, comment text);
        create table audit_logs (id serial primary key, user_id int, action text, resource_type text, resource_id text,
            details json, ip_address text, "timestamp" timestamptz default '2023-05-06');
        create table business_ontologies (id serial primary key, term text, definition text, synonyms text);
        insert into users (email, hashed_password, full_name, is_superuser, role, created_at) values
            ('Ann@example.com', '$2b$12$abc', 'Ann', true, 'whatever', '2023-01-01'),
            ('bob@example.com', '$2a$10$x', null, false, 'analyst', '2023-01-02'),
            ('ann@EXAMPLE.com', '$2b$12$second', 'Double', false, 'viewer', '2023-02-01'),
            ('carl@example.com', 'pbkdf2:sha256', 'Carl', false, null, '2023-01-03');
        insert into queries (user_id, question, generated_sql, status, row_count) values
            (1, 'How many?', 'select 1', 'completed', 3), (3, 'Why?', null, 'failed', null), (null, 'q', 's', null, -1);
        insert into feedback (query_id, user_id, rating, comment) values (1, 2, 5, 'good'), (1, 2, 1, 'again'), (2, 1, 9, 'odd');
        insert into audit_logs (user_id, action, resource_type, resource_id, details) values
            (1, 'login', null, null, '{"a": 1}'), (99, 'delete', 'query', '7', null);
        insert into business_ontologies (term, definition, synonyms) values
            ('Revenue', 'money in', 'turnover, sales'), ('revenue', 'double', null), (null, 'none', null);
    )");
    run_coroutine([&]() -> awaitable<void> {
        auto const done = co_await adopt_older_system(where(), after(20s));
        BOOST_REQUIRE_MESSAGE(done, done.error().message << ": " << done.error().detail);
        BOOST_TEST(done->users == 3);
        BOOST_TEST(done->users_without_password == 1);
        BOOST_TEST(done->queries == 3);
        BOOST_TEST(done->feedback == 1);
        BOOST_TEST(done->audit_entries == 2);
        BOOST_TEST(done->terms == 1);
        BOOST_TEST(bool(co_await validate_schema(where(), after(5s))));
        BOOST_TEST(((co_await adopt_older_system(where(), after(5s))).error().code == errc::conflict));
        BOOST_TEST(bool(co_await migrate(where(), after(5s))));
    });
    BOOST_TEST(ask("select role || password_hash from users where lower(email) = 'ann@example.com'") ==
               "admin$2b$12$abc");
    BOOST_TEST(ask("select count(*) from users where id::text ~ '^........-....-7...-[89ab]'") == "3");
    BOOST_TEST(
        ask("select u.email from queries q join users u on u.id = q.user_id where q.question = 'Why?'") ==
        "Ann@example.com");
    BOOST_TEST(ask("select string_agg(status, ',' order by question) from queries") == "success,error,error");
    BOOST_TEST(ask("select synonyms::text from business_ontologies") == "{turnover,sales}");
    BOOST_TEST(ask("select resource from audit_logs where action = 'delete'") == "query/7");
    BOOST_TEST(ask("select count(*) from vanna_adopted.users") == "4");
}

BOOST_FIXTURE_TEST_CASE(housekeeping_drops_old_months_audits_it_and_purges_expired_tokens,
                        migrated_database) {
    run("create table queries_2020_03 partition of queries for values from (vanna_first_id('2020-03-01Z')) "
        "to "
        "(vanna_first_id('2020-04-01Z'));"
        "insert into queries (id, record_key, status, created_at, executed_at) values "
        "(vanna_first_id('2020-03-05Z'), vanna_first_id('2020-03-05Z'), 'success', now(), now());"
        "insert into audit_logs (id, action, timestamp) values (vanna_first_id('2020-03-05Z'), 'a', now());"
        "insert into revocations (id, user_id, expires_at) values (gen_random_uuid(), gen_random_uuid(), "
        "now() - "
        "interval '1 hour'), (gen_random_uuid(), gen_random_uuid(), now() + interval '1 hour')");
    with_pool(*this, [](pool& p) -> awaitable<void> {
        auto const forever = co_await keep_house(p, {std::chrono::days(0), std::chrono::days(0)}, after(20s));
        BOOST_REQUIRE_MESSAGE(forever, forever.error().detail);
        BOOST_TEST((forever->queries_gone == 0 && forever->audit_entries_gone == 0));
        BOOST_TEST(forever->tokens_gone == 1);
        co_await side_by_side(2, [&](std::size_t) -> awaitable<void> {
            auto const done = co_await keep_house(p, {}, after(20s));
            BOOST_TEST(bool(done), (done ? "" : done.error().detail));
        });
    });
    BOOST_TEST(ask("select count(*) from queries") == "0");
    BOOST_TEST(ask("select string_agg(action || (changes->>'rows'), ',' order by action) from audit_logs") ==
               "retention.audit1,retention.queries1");
    BOOST_TEST(ask("select count(*) from revocations") == "1");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vanna::postgres
