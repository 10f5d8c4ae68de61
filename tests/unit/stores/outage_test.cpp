// PostgreSQL away and back, seen through a gate that cuts, refuses and stalls; and the plain sessions beside
// the pipelined connections.
#include "db/postgres/replica_watch.hpp"
#include "tests/support/tcp_gate.hpp"
#include "tests/unit/stores/migrated_database.hpp"

namespace vanna::postgres {
namespace {

using namespace test;

constexpr statement echo{"echo", "select $1::int"};

awaitable<void> pause(std::chrono::milliseconds time) {
    asio::steady_timer turn(co_await asio::this_coro::executor, time);
    co_await turn.async_wait(asio::use_awaitable);
}

template <class F>
void behind_gate(std::string database, pool_options options, F body) {
    run_coroutine(
        [&]() -> awaitable<void> {
            auto const executor = co_await asio::this_coro::executor;
            tcp_gate gate(executor, server_endpoint());
            pool p(executor, server_at(gate.port(), database), options);
            std::exception_ptr failure;
            auto const opened = co_await p.open(after(5s));
            try {
                BOOST_REQUIRE_MESSAGE(opened, opened.error().detail);
                co_await body(p, gate);
            } catch (...) {
                failure = std::current_exception();
            }
            co_await p.close();
            gate.stop();
            if (failure) std::rethrow_exception(failure);
        },
        30s);
}

awaitable<void> until_up(pool& p) {
    for (auto const until = after(5s); std::chrono::steady_clock::now() < until; co_await pause(10ms))
        if (co_await p.read(echo, params(1), after(1s))) co_return;
    BOOST_ERROR("the pool did not recover");
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(outage, scratch_database)

BOOST_AUTO_TEST_CASE(while_the_server_is_away_requests_fail_at_once_and_afterwards_work_again) {
    behind_gate(name(), {}, [](pool& p, tcp_gate& gate) -> awaitable<void> {
        for (int round = 0; round < 3; ++round) {
            BOOST_TEST(bool(co_await p.read(echo, params(1), after(1s))));
            gate.shut();
            for (auto const until = after(5s); p.stats().connections_open > 0;) {
                BOOST_REQUIRE((std::chrono::steady_clock::now() < until));
                co_await pause(5ms);
            }
            co_await p.read(echo, params(1), after(1s));  // waits for the first attempt to fail
            auto const began = std::chrono::steady_clock::now();
            for (int i = 0; i < 100; ++i) {
                auto const rows = co_await p.read(echo, params(1), after(5s));
                BOOST_REQUIRE(!rows);
                BOOST_REQUIRE((rows.error().code == errc::unavailable));
            }
            BOOST_TEST((std::chrono::steady_clock::now() - began < 500ms));
            auto const change =
                co_await p.transaction([](session&) -> awaitable<result<int>> { co_return 1; }, after(5s));
            BOOST_REQUIRE(!change);
            BOOST_TEST((change.error().code == errc::unavailable));
            gate.open();
            co_await until_up(p);
        }
    });
}

BOOST_AUTO_TEST_CASE(a_cut_with_thousands_in_flight_ends_every_one_of_them) {
    behind_gate(name(), {.connections = 2, .waiting = 10000}, [](pool& p, tcp_gate& gate) -> awaitable<void> {
        int ended = 0, right = 0;
        co_await side_by_side(3001, [&](std::size_t i) -> awaitable<void> {
            if (i == 1500) {
                gate.shut();
                co_return;
            }
            auto const rows = co_await p.read(echo, params(i), after(5s));
            ++ended;
            right += rows && (*rows)[0].integer(0) == std::int64_t(i);
            if (rows) BOOST_TEST((*rows)[0].integer(0) == std::int64_t(i));
            if (!rows) BOOST_TEST((rows.error().code == errc::unavailable));
        });
        BOOST_TEST(ended == 3000);
        gate.open();
        co_await until_up(p);
        BOOST_TEST(p.stats().requests_in_flight == 0u);
        BOOST_TEST(p.stats().requests_waiting == 0u);
    });
}

BOOST_AUTO_TEST_CASE(a_server_that_stops_answering_costs_each_request_its_deadline_and_no_more) {
    behind_gate(name(), {.connections = 1}, [](pool& p, tcp_gate& gate) -> awaitable<void> {
        gate.stall(true);
        auto const began = std::chrono::steady_clock::now();
        int missed = 0;
        co_await side_by_side(50, [&](std::size_t i) -> awaitable<void> {
            auto const rows = co_await p.read(echo, params(i), after(200ms));
            missed += !rows && rows.error().code == errc::deadline_exceeded;
        });
        BOOST_TEST(missed == 50);
        BOOST_TEST((std::chrono::steady_clock::now() - began < 1500ms));
        gate.stall(false);
        co_await until_up(p);
    });
}

BOOST_AUTO_TEST_CASE(a_silent_connection_is_given_up_and_replaced) {
    behind_gate(name(), {.connections = 1, .statement_timeout = 100ms, .silence = 300ms},
                [](pool& p, tcp_gate& gate) -> awaitable<void> {
                    gate.stall(true);
                    BOOST_TEST(!(co_await p.read(echo, params(1), after(100ms))));
                    for (auto const until = after(5s); p.stats().connections_lost == 0;) {
                        BOOST_REQUIRE((std::chrono::steady_clock::now() < until));
                        co_await pause(10ms);
                    }
                    gate.stall(false);
                    co_await until_up(p);
                });
}

BOOST_AUTO_TEST_CASE(a_pool_opened_while_the_server_is_away_says_so_and_connects_later) {
    run_coroutine(
        [&]() -> awaitable<void> {
            auto const executor = co_await asio::this_coro::executor;
            tcp_gate gate(executor, server_endpoint());
            gate.shut();
            pool p(executor, server_at(gate.port(), name()));
            auto const opened = co_await p.open(after(5s));
            BOOST_TEST(!opened);
            BOOST_TEST((opened.error().code == errc::unavailable));
            gate.open();
            co_await until_up(p);
            co_await p.close();
            gate.stop();
        },
        20s);
}

BOOST_AUTO_TEST_CASE(a_wrong_database_or_a_host_that_does_not_exist_is_unavailable_with_the_reason) {
    run_coroutine([&]() -> awaitable<void> {
        auto const executor = co_await asio::this_coro::executor;
        pool p(executor, server("no_such_database"));
        auto const opened = co_await p.open(after(5s));
        BOOST_REQUIRE(!opened);
        BOOST_TEST(opened.error().detail.find("no_such_database") != std::string::npos);
        co_await p.close();
        auto const nowhere =
            co_await session::open(*address::parse("postgresql://u@no-such-host.invalid/db"), after(5s));
        BOOST_REQUIRE(!nowhere);
        BOOST_TEST((nowhere.error().code == errc::unavailable));
        BOOST_TEST(!address::parse("http://somewhere"));
    });
}

BOOST_AUTO_TEST_CASE(the_watch_survives_an_outage_and_then_has_missed_nothing) {
    migrated_database database;
    behind_gate(database.name(), {}, [&](pool& p, tcp_gate& gate) -> awaitable<void> {
        std::size_t revocations = 0;
        replica_watch watch(p, [&](replica::snapshot s) { revocations = s.revocations.size(); });
        BOOST_REQUIRE(co_await watch.start(after(5s)));
        gate.shut();
        auto direct = co_await session::open(database.where(), after(5s));
        co_await (*direct)->script(
            "insert into revocations (id, family_id, expires_at) values (gen_random_uuid(), "
            "gen_random_uuid(), now() "
            "+ interval '1 hour')",
            after(5s));
        co_await pause(700ms);
        BOOST_TEST(revocations == 0u);
        BOOST_TEST((watch.age() > 500ms));
        gate.open();
        for (auto const until = after(5s); revocations == 0 && std::chrono::steady_clock::now() < until;)
            co_await pause(10ms);
        BOOST_TEST(revocations == 1u);
        co_await watch.stop();
    });
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(transactions, scratch_database)

BOOST_AUTO_TEST_CASE(an_error_or_an_exception_rolls_back_and_success_commits) {
    run("create table t (n int)");
    with_pool(*this, [](pool& p) -> awaitable<void> {
        auto const insert = [&](int n, int how) {
            return p.transaction(
                [n, how](session& on) -> awaitable<result<int>> {
                    auto const done =
                        co_await on.execute("insert into t values ($1::int)", params(n), after(5s));
                    BOOST_REQUIRE(done);
                    if (how == 1) co_return error{errc::conflict, public_text{"no"}};
                    if (how == 2) throw std::runtime_error("bug");
                    co_return n;
                },
                after(5s));
        };
        BOOST_TEST((co_await insert(1, 0)).value() == 1);
        BOOST_TEST(((co_await insert(2, 1)).error().code == errc::conflict));
        bool thrown = false;
        try {
            co_await insert(3, 2);
        } catch (std::runtime_error const&) {
            thrown = true;
        }
        BOOST_TEST(thrown);
        BOOST_TEST((co_await insert(4, 0)).value() == 4);
        BOOST_TEST(p.stats().sessions_busy == 0u);
    });
    BOOST_TEST(ask("select sum(n) from t") == "5");
}

BOOST_AUTO_TEST_CASE(sessions_are_bounded_reused_and_waited_for) {
    with_pool(where(), {.sessions = 2}, [](pool& p) -> awaitable<void> {
        int done = 0;
        std::uint64_t most = 0;
        co_await side_by_side(20, [&](std::size_t) -> awaitable<void> {
            auto const outcome = co_await p.transaction(
                [&](session& on) -> awaitable<result<int>> {
                    most = std::max(most, p.stats().sessions_busy.load());
                    co_await on.execute("select pg_sleep(0.01)", params{}, after(5s));
                    co_return 1;
                },
                after(5s));
            done += bool(outcome);
        });
        BOOST_TEST(done == 20);
        BOOST_TEST(most == 2u);
        BOOST_TEST(p.stats().sessions_open == 2u);
    });
}

BOOST_AUTO_TEST_CASE(whoever_waits_for_a_session_past_the_deadline_is_told) {
    with_pool(where(), {.sessions = 1}, [](pool& p) -> awaitable<void> {
        auto held = co_await p.borrow(after(5s));
        BOOST_REQUIRE(held);
        auto const late = co_await p.borrow(after(50ms));
        BOOST_REQUIRE(!late);
        BOOST_TEST((late.error().code == errc::deadline_exceeded));
    });
}

BOOST_AUTO_TEST_CASE(a_statement_past_its_deadline_ends_on_the_server_too_and_the_session_is_not_reused) {
    with_pool(*this, [this](pool& p) -> awaitable<void> {
        auto const slow = co_await p.transaction(
            [](session& on) -> awaitable<result<int>> {
                auto const rows = co_await on.execute("select pg_sleep(20)", params{}, after(200ms));
                if (!rows) co_return rows.error();
                co_return 1;
            },
            after(200ms));
        BOOST_REQUIRE(!slow);
        BOOST_TEST((slow.error().code == errc::deadline_exceeded));
        auto other = co_await session::open(where(), after(5s));
        for (auto const until = after(5s);; co_await pause(20ms)) {
            auto const running = co_await (*other)->execute(
                "select 1 from pg_stat_activity where state = 'active' and query like '%pg_sleep(20)' and "
                "pid <> "
                "pg_backend_pid() and datname = current_database()",
                params{}, after(5s));
            if (running->empty()) break;
            BOOST_REQUIRE((std::chrono::steady_clock::now() < until));
        }
        auto const next =
            co_await p.transaction([](session&) -> awaitable<result<int>> { co_return 2; }, after(5s));
        BOOST_TEST(next.value() == 2);
    });
}

BOOST_AUTO_TEST_CASE(an_idle_session_that_was_killed_is_not_handed_out) {
    with_pool(*this, [this](pool& p) -> awaitable<void> {
        auto const nothing = [](session&) -> awaitable<result<int>> { co_return 1; };
        BOOST_TEST(bool(co_await p.transaction(nothing, after(5s))));
        auto other = co_await session::open(where(), after(5s));
        co_await (*other)->script(
            "select pg_terminate_backend(pid, 5000) from pg_stat_activity where datname = current_database() "
            "and pid "
            "<> pg_backend_pid()",
            after(9s));
        BOOST_TEST(bool(co_await p.transaction(nothing, after(5s))));
    });
}

BOOST_AUTO_TEST_CASE(a_cancelled_transaction_leaves_nothing_behind) {
    run("create table t (n int)");
    with_pool(where(), {.sessions = 1}, [](pool& p) -> awaitable<void> {
        task_group group(p.executor());
        group.spawn("cancelled", [&]() -> awaitable<void> {
            co_await p.transaction(
                [](session& on) -> awaitable<result<int>> {
                    co_await on.execute("insert into t values (1)", params{}, after(5s));
                    co_await on.execute("select pg_sleep(1)", params{}, after(9s));
                    co_return 1;
                },
                after(9s));
        });
        co_await pause(100ms);
        group.cancel();
        co_await group.wait();
        BOOST_TEST(p.stats().sessions_busy == 0u);
        auto const next =
            co_await p.transaction([](session&) -> awaitable<result<int>> { co_return 2; }, after(5s));
        BOOST_TEST(bool(next));
    });
    BOOST_TEST(ask("select count(*) from t") == "0");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vanna::postgres
