// The pipelined pool against a real server: order, failures in mid-pipeline, lost connections, deadlines.
#include "db/postgres/pool.hpp"

#include "tests/unit/stores/scratch_database.hpp"

namespace vanna::postgres {
namespace {

using namespace test;

constexpr statement echo{"echo", "select $1::int"};
constexpr statement divide{"divide", "select 10 / $1::int"};
constexpr statement nap{"nap", "select pg_sleep($1::float8)"};
constexpr statement insert{"insert_n", "insert into t (n) values ($1::int)"};
constexpr statement count_rows{"count_rows", "select count(*) from t"};
constexpr statement missing{"missing", "select * from no_such_table"};
constexpr statement end_backend{
    "end_backend",
    "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> "
    "pg_backend_pid()"};

awaitable<int> echoed(pool& from, int n, deadline limit = after(5s)) {
    auto const rows = co_await from.read(echo, params(n), limit);
    co_return rows ? int((*rows)[0].integer(0)) : -1;
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(postgres_pool, scratch_database)

BOOST_AUTO_TEST_CASE(a_thousand_reads_in_flight_each_get_their_own_row) {
    with_pool(*this, [](pool& p) -> awaitable<void> {
        int right = 0;
        co_await side_by_side(
            1000, [&](std::size_t i) -> awaitable<void> { right += co_await echoed(p, int(i)) == int(i); });
        BOOST_TEST(right == 1000);
        BOOST_TEST(p.stats().requests == 1000u);
        BOOST_TEST(p.stats().requests_in_flight == 0u);
    });
}

BOOST_AUTO_TEST_CASE(a_failed_read_fails_alone_and_those_it_aborted_are_sent_again) {
    with_pool(where(), {.connections = 1}, [](pool& p) -> awaitable<void> {
        co_await echoed(p, 1);
        co_await p.read(divide, params(1), after(5s));
        int right = 0, refused = 0;
        co_await side_by_side(100, [&](std::size_t i) -> awaitable<void> {
            auto const rows = co_await p.read(divide, params(i % 10 == 0 ? 0 : 1), after(5s));
            right += rows && (*rows)[0].integer(0) == 10;
            refused += !rows && rows.error().code == errc::invalid_input;
        });
        BOOST_TEST(right == 90);
        BOOST_TEST(refused == 10);
        BOOST_TEST(p.stats().reruns > 0u);
    });
}

BOOST_AUTO_TEST_CASE(a_write_is_untouched_by_failures_before_and_after_it) {
    run("create table t (n int primary key)");
    with_pool(where(), {.connections = 1}, [](pool& p) -> awaitable<void> {
        int written = 0, conflicts = 0;
        co_await side_by_side(60, [&](std::size_t i) -> awaitable<void> {
            if (i % 3 == 0) {
                co_await p.read(divide, params(0), after(5s));
                co_return;
            }
            auto const rows = co_await p.write(insert, params(i % 3 == 1 ? i : i - 1), after(5s));
            written += rows && rows->affected() == 1;
            conflicts += !rows && rows.error().code == errc::conflict;
        });
        BOOST_TEST(written == 20);
        BOOST_TEST(conflicts == 20);
        auto const rows = co_await p.read(count_rows, params{}, after(5s));
        BOOST_TEST((*rows)[0].integer(0) == 20);
    });
}

BOOST_AUTO_TEST_CASE(connections_killed_in_mid_pipeline_lose_no_read_and_are_replaced) {
    with_pool(where(), {.connections = 2}, [this](pool& p) -> awaitable<void> {
        int right = 0;
        auto other = co_await session::open(where(), after(5s));
        for (int round = 0; round < 5; ++round)
            co_await side_by_side(200, [&](std::size_t i) -> awaitable<void> {
                if (i == 100) co_await (*other)->execute(end_backend, params{}, after(5s));
                right += co_await echoed(p, int(i)) == int(i);
            });
        BOOST_TEST(right == 1000);
        BOOST_TEST(p.stats().connections_lost >= 2u);
    });
}

BOOST_AUTO_TEST_CASE(a_write_whose_connection_was_killed_is_unavailable_and_not_repeated) {
    run("create table t (n int)");
    with_pool(where(), {.connections = 1}, [](pool& p) -> awaitable<void> {
        constexpr static statement suicide{"suicide",
                                           "with w as (insert into t values (1) returning 1) select "
                                           "pg_terminate_backend(pg_backend_pid()), pg_sleep(1) from w"};
        auto const rows = co_await p.write(suicide, params{}, after(5s));
        BOOST_REQUIRE(!rows);
        BOOST_TEST((rows.error().code == errc::unavailable));
        auto const counted = co_await p.read(count_rows, params{}, after(5s));
        BOOST_TEST((*counted)[0].integer(0) == 0);
    });
}

BOOST_AUTO_TEST_CASE(the_servers_time_limit_ends_a_slow_read_and_those_behind_it_go_on) {
    with_pool(where(), {.connections = 1, .statement_timeout = 200ms}, [](pool& p) -> awaitable<void> {
        int right = 0;
        errc slow{};
        co_await side_by_side(20, [&](std::size_t i) -> awaitable<void> {
            if (i == 5)
                slow = (co_await p.read(nap, params("30"), after(5s))).error().code;
            else
                right += co_await echoed(p, int(i)) == int(i);
        });
        BOOST_TEST((slow == errc::deadline_exceeded));
        BOOST_TEST(right == 19);
    });
}

BOOST_AUTO_TEST_CASE(a_request_past_its_deadline_returns_and_its_late_reply_reaches_nobody) {
    with_pool(where(), {.connections = 1}, [](pool& p) -> awaitable<void> {
        auto const began = std::chrono::steady_clock::now();
        auto const late = co_await p.read(nap, params("1"), after(100ms));
        BOOST_REQUIRE(!late);
        BOOST_TEST((late.error().code == errc::deadline_exceeded));
        BOOST_TEST((std::chrono::steady_clock::now() - began < 900ms));
        BOOST_TEST(co_await echoed(p, 7) == 7);
        BOOST_TEST(p.stats().deadlines_missed == 1u);
        auto const past = co_await p.read(echo, params(1), after(-1ms));
        BOOST_TEST((past.error().code == errc::deadline_exceeded));
    });
}

BOOST_AUTO_TEST_CASE(a_cancelled_caller_leaves_and_the_next_reply_is_not_its) {
    with_pool(where(), {.connections = 1}, [](pool& p) -> awaitable<void> {
        task_group group(p.executor());
        bool returned = false;
        group.spawn("cancelled", [&]() -> awaitable<void> {
            auto const rows = co_await p.read(nap, params("0.2"), after(5s));
            returned = true;
            BOOST_TEST((rows.error().code == errc::cancelled));
        });
        asio::steady_timer turn(p.executor(), 20ms);
        co_await turn.async_wait(asio::use_awaitable);
        group.cancel();
        co_await group.wait();
        BOOST_TEST(returned);
        BOOST_TEST(co_await echoed(p, 3) == 3);
    });
}

BOOST_AUTO_TEST_CASE(beyond_the_connections_and_the_queue_requests_are_turned_away_at_once) {
    with_pool(where(), {.connections = 1, .waiting = 3, .in_flight = 2}, [](pool& p) -> awaitable<void> {
        int right = 0, turned_away = 0;
        co_await side_by_side(10, [&](std::size_t i) -> awaitable<void> {
            auto const rows = co_await p.read(echo, params(i), after(5s));
            right += rows && (*rows)[0].integer(0) == std::int64_t(i);
            turned_away += !rows && rows.error().code == errc::overloaded;
        });
        BOOST_TEST(right == 5);
        BOOST_TEST(turned_away == 5);
        BOOST_TEST(co_await echoed(p, 1) == 1);
    });
}

BOOST_AUTO_TEST_CASE(a_statement_that_cannot_be_prepared_fails_clearly_and_is_prepared_later) {
    with_pool(where(), {.connections = 1}, [this](pool& p) -> awaitable<void> {
        for (int i = 0; i < 2; ++i) {
            auto const rows = co_await p.read(missing, params{}, after(5s));
            BOOST_REQUIRE(!rows);
            BOOST_TEST((rows.error().code == errc::unavailable));
            BOOST_TEST(rows.error().detail.find("no_such_table") != std::string::npos);
        }
        auto other = co_await session::open(where(), after(5s));
        co_await (*other)->script("create table no_such_table (n int)", after(5s));
        auto const rows = co_await p.read(missing, params{}, after(5s));
        BOOST_TEST(bool(rows));
    });
}

BOOST_AUTO_TEST_CASE(statements_forgotten_by_the_server_are_prepared_again) {
    with_pool(where(), {.connections = 1}, [](pool& p) -> awaitable<void> {
        constexpr static statement forget{"forget", "deallocate all"};
        BOOST_TEST(co_await echoed(p, 1) == 1);
        co_await p.write(forget, params{}, after(5s));
        BOOST_TEST(co_await echoed(p, 2) == 2);
    });
}

BOOST_AUTO_TEST_CASE(a_reply_larger_than_any_buffer_and_a_request_larger_than_the_socket_arrive_whole) {
    with_pool(where(), {.connections = 1}, [](pool& p) -> awaitable<void> {
        constexpr static statement length{"length", "select length($1::text), $1::text"};
        std::string const text(8 << 20, 'x');
        int right = 0;
        co_await side_by_side(4, [&](std::size_t) -> awaitable<void> {
            auto const rows = co_await p.read(length, params(text), after(10s));
            right += rows && (*rows)[0].integer(0) == 8 << 20 && (*rows)[0].text(1) == text;
        });
        BOOST_TEST(right == 4);
    });
}

BOOST_AUTO_TEST_CASE(closing_ends_what_is_in_flight) {
    errc code{};
    with_pool(where(), {}, [&](pool& p) -> awaitable<void> {
        auto const executor = p.executor();
        asio::co_spawn(
            executor,
            [&]() -> awaitable<void> { code = (co_await p.read(nap, params("1"), after(9s))).error().code; },
            [](std::exception_ptr) {});
        asio::steady_timer turn(executor, 20ms);
        co_await turn.async_wait(asio::use_awaitable);
    });
    BOOST_TEST((code == errc::unavailable));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vanna::postgres
