// The Redis client, the result cache and the rate limits against a real server, also when it is cut off or
// does not answer.
#include <boost/test/unit_test.hpp>
#include <cstdlib>

#include "core/async/task_group.hpp"
#include "core/ids.hpp"
#include "db/redis/rate_limits.hpp"
#include "db/redis/result_cache.hpp"
#include "tests/support/run_coroutine.hpp"
#include "tests/support/tcp_gate.hpp"

namespace vanna::redis {
namespace {

using namespace std::chrono_literals;

address server() {
    char const* const url = std::getenv("REDIS_URL");
    BOOST_REQUIRE_MESSAGE(url, "REDIS_URL must name a Redis server for these tests");
    auto out = *address::parse(url);
    out.database = 9;
    return out;
}

awaitable<void> until(auto condition) {
    asio::steady_timer timer(co_await asio::this_coro::executor);
    while (!condition()) {
        timer.expires_after(2ms);
        co_await timer.async_wait(asio::use_awaitable);
    }
}

awaitable<result<reply>> call(client& on, std::vector<std::string_view> command, deadline limit = after(2s)) {
    co_return co_await on.call(command, limit);
}

// Runs `body` with a client behind a gate.
void with_client(auto body, pipeline_limits limits = {}) {
    test::run_coroutine([&]() -> awaitable<void> {
        auto executor = co_await asio::this_coro::executor;
        auto where = server();
        asio::ip::tcp::resolver resolver(executor);
        auto const found = co_await resolver.async_resolve(where.host, where.port, asio::use_awaitable);
        test::tcp_gate gate(executor, found.begin()->endpoint());
        where.host = "127.0.0.1";
        where.port = std::to_string(gate.port());
        client c(executor, where, limits);
        task_group group(executor);
        group.spawn("redis", [&] { return c.run(); });
        co_await until([&] { return c.connected(); });
        co_await body(c, gate);
        group.cancel();
        co_await group.wait();
        gate.stop();
    });
}

// Runs `body(i)` `n` times at once.
awaitable<void> side_by_side(std::size_t n, std::function<awaitable<void>(std::size_t)> body) {
    task_group group(co_await asio::this_coro::executor);
    for (std::size_t i = 0; i < n; ++i)
        group.spawn("call", [&body, i] { return body(i); });
    co_await group.wait();
}

}  // namespace

BOOST_AUTO_TEST_SUITE(redis_server)

BOOST_AUTO_TEST_CASE(thousands_of_calls_in_flight_each_get_their_own_reply) {
    with_client([](client& c, test::tcp_gate&) -> awaitable<void> {
        int right = 0;
        co_await side_by_side(5000, [&](std::size_t i) -> awaitable<void> {
            auto const text = std::to_string(i);
            auto const r = co_await call(c, {"ECHO", text});
            right += r && r->text == text;
        });
        BOOST_TEST(right == 5000);
        BOOST_TEST(c.counts().in_flight == 0u);
    });
}

BOOST_AUTO_TEST_CASE(an_error_reply_is_the_callers_and_nobody_elses) {
    with_client([](client& c, test::tcp_gate&) -> awaitable<void> {
        auto const wrong = co_await call(c, {"NOSUCHCOMMAND"});
        BOOST_REQUIRE(wrong);
        BOOST_TEST((wrong->type == reply::kind::error));
        auto const fine = co_await call(c, {"PING"});
        BOOST_TEST(fine->text == "PONG");
    });
}

BOOST_AUTO_TEST_CASE(a_cut_connection_fails_at_once_and_comes_back_by_itself) {
    with_client([](client& c, test::tcp_gate& gate) -> awaitable<void> {
        gate.stall(true);
        std::optional<result<reply>> lost;
        co_await side_by_side(2, [&](std::size_t i) -> awaitable<void> {
            if (i == 0)
                lost = co_await call(c, {"PING"}, after(10s));
            else
                gate.shut();
        });
        BOOST_TEST((lost->error().code == errc::unavailable));
        co_await until([&] { return !c.connected(); });
        auto const began = std::chrono::steady_clock::now();
        BOOST_TEST(((co_await call(c, {"PING"})).error().code == errc::unavailable));
        BOOST_TEST((std::chrono::steady_clock::now() - began < 500ms));
        gate.open();
        co_await until([&] { return c.connected(); });
        BOOST_TEST((co_await call(c, {"PING"}))->text == "PONG");
        BOOST_TEST(c.counts().losses == 1u);
    });
}

BOOST_AUTO_TEST_CASE(a_silent_server_costs_one_deadline_and_is_soon_given_up) {
    with_client([](client& c, test::tcp_gate& gate) -> awaitable<void> {
        auto cache = create_result_cache(c);
        gate.stall(true);
        auto const began = std::chrono::steady_clock::now();
        BOOST_TEST(!co_await cache->get("anything"));
        auto const took = std::chrono::steady_clock::now() - began;
        BOOST_TEST((took >= 40ms));
        BOOST_TEST((took < 500ms));
        co_await until([&] { return !c.connected(); });
        gate.stall(false);
        co_await until([&] { return c.connected(); });
        BOOST_TEST((co_await call(c, {"ECHO", "mine"}))->text == "mine");
    });
}

BOOST_AUTO_TEST_CASE(a_late_reply_is_never_the_next_callers) {
    with_client([](client& c, test::tcp_gate& gate) -> awaitable<void> {
        gate.stall(true);
        auto const late = co_await call(c, {"ECHO", "late"}, after(20ms));
        BOOST_TEST((late.error().code == errc::deadline_exceeded));
        gate.stall(false);
        BOOST_TEST((co_await call(c, {"ECHO", "mine"}))->text == "mine");
        BOOST_TEST(c.counts().losses == 0u);
    });
}

BOOST_AUTO_TEST_CASE(more_than_may_be_in_flight_is_refused_at_once) {
    with_client(
        [](client& c, test::tcp_gate& gate) -> awaitable<void> {
            gate.stall(true);
            int refused = 0;
            co_await side_by_side(30, [&](std::size_t) -> awaitable<void> {
                auto const r = co_await call(c, {"PING"}, after(100ms));
                refused += r.error().code == errc::overloaded;
            });
            BOOST_TEST(refused == 10);
            gate.stall(false);
        },
        {.requests = 20});
}

BOOST_AUTO_TEST_CASE(a_password_that_is_refused_is_told_and_the_client_stays_away) {
    test::run_coroutine([&]() -> awaitable<void> {
        auto executor = co_await asio::this_coro::executor;
        auto where = server();
        where.user = "nobody";
        where.password = "wrong";
        client c(executor, where);
        task_group group(executor);
        group.spawn("redis", [&] { return c.run(); });
        asio::steady_timer timer(executor, 200ms);
        co_await timer.async_wait(asio::use_awaitable);
        BOOST_TEST(!c.connected());
        BOOST_TEST(c.counts().connects == 0u);
        group.cancel();
        co_await group.wait();
    });
}

BOOST_AUTO_TEST_CASE(a_cached_value_comes_back_until_it_expires_and_large_ones_are_not_kept) {
    with_client([](client& c, test::tcp_gate&) -> awaitable<void> {
        auto cache = create_result_cache(c, 100'000, 5s);
        auto const key = to_string(new_id());
        BOOST_TEST(!co_await cache->get(key));
        std::string const value("[[1,\"a\0b\"]]", 11);
        cache->put(key, value, 60s);
        BOOST_TEST((co_await cache->get(key) == value));
        auto const ttl = co_await call(c, {"TTL", "vanna:result:" + key});
        BOOST_TEST(ttl->integer > 50);
        cache->put(key + "big", std::string(100'001, 'x'), 60s);
        BOOST_TEST(!co_await cache->get(key + "big"));
        cache->put(key + "largest", std::string(100'000, 'x'), 60s);
        BOOST_TEST((co_await cache->get(key + "largest"))->size() == 100'000u);
        cache->put(key + "off", value, 0s);
        BOOST_TEST(!co_await cache->get(key + "off"));
    });
}

BOOST_AUTO_TEST_CASE(limits_are_exact_and_shared_by_everybody_who_counts) {
    with_client([](client& c, test::tcp_gate&) -> awaitable<void> {
        auth::local_rate_counters here, there;
        auto one = create_rate_limits(c, here, 5s), other = create_rate_limits(c, there, 5s);
        auto const a = to_string(new_id()), b = to_string(new_id());
        int allowed = 0;
        co_await side_by_side(30, [&](std::size_t i) -> awaitable<void> {
            auto const v = co_await (i % 2 ? one : other)->take({{a, 10}, {b, 100}}, 60s);
            allowed += v.allowed;
        });
        BOOST_TEST(allowed == 10);
        auto const refused = co_await one->take({{a, 10}}, 60s);
        BOOST_TEST(!refused.allowed);
        BOOST_TEST(refused.retry_after.count() > 55);
        BOOST_TEST(refused.retry_after.count() <= 60);
        // What was refused took nothing from the wider counter either.
        auto const wide = co_await other->take({{b, 100}}, 60s);
        BOOST_TEST(wide.remaining == 89u);
        one->give_back({a, "never taken"});
        BOOST_TEST((co_await other->take({{a, 10}}, 60s)).allowed);
        BOOST_TEST(!(co_await other->take({{a, 10}}, 60s)).allowed);
        BOOST_TEST(here.size() + there.size() == 0u);
    });
}

BOOST_AUTO_TEST_CASE(a_window_ends_and_its_counter_leaves_redis) {
    with_client([](client& c, test::tcp_gate&) -> awaitable<void> {
        auth::local_rate_counters here;
        auto limits = create_rate_limits(c, here, 5s);
        auto const key = to_string(new_id());
        BOOST_TEST((co_await limits->take({{key, 1}}, 1s)).allowed);
        BOOST_TEST(!(co_await limits->take({{key, 1}}, 1s)).allowed);
        auto const name = "vanna:rate:" + key;
        bool there = true;
        while (there)
            there = (co_await call(c, {"EXISTS", name}))->integer == 1;
        BOOST_TEST((co_await limits->take({{key, 1}}, 1s)).allowed);
    });
}

BOOST_AUTO_TEST_CASE(without_redis_this_process_counts_alone) {
    with_client([](client& c, test::tcp_gate& gate) -> awaitable<void> {
        auth::local_rate_counters here;
        auto limits = create_rate_limits(c, here, 5s);
        gate.shut();
        co_await until([&] { return !c.connected(); });
        auto const key = to_string(new_id());
        BOOST_TEST((co_await limits->take({{key, 2}}, 60s)).allowed);
        BOOST_TEST((co_await limits->take({{key, 2}}, 60s)).allowed);
        BOOST_TEST(!(co_await limits->take({{key, 2}}, 60s)).allowed);
        limits->give_back({key});
        BOOST_TEST((co_await limits->take({{key, 2}}, 60s)).allowed);
        gate.open();
    });
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vanna::redis
