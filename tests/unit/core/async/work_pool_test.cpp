#include "core/async/work_pool.hpp"

#include <boost/test/unit_test.hpp>
#include <latch>

#include "core/async/task_group.hpp"
#include "tests/support/run_coroutine.hpp"

namespace vanna {
namespace {

party const ann{new_id()}, bob{new_id()};
auto const never = [] { return false; };

// Keeps a pool's threads busy until it is opened.
struct gate {
    std::latch open{1};
    auto held() {
        return [this]() -> result<int> {
            open.wait();
            return 1;
        };
    }
};

awaitable<void> turn_of_the_loop() {
    co_await asio::post(co_await asio::this_coro::executor, asio::use_awaitable);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(work_pools)

BOOST_AUTO_TEST_CASE(who_waits_for_a_thread_is_answered_when_the_time_is_over_and_the_work_is_never_done) {
    work_pool pool("test", 2, 8);
    test::run_coroutine([&]() -> awaitable<void> {
        gate shut;
        std::atomic<bool> ran = false;
        task_group group(co_await asio::this_coro::executor);
        group.spawn("holder", [&]() -> awaitable<void> {
            BOOST_TEST(bool(co_await offload(pool, ann, deadline::max(), never, shut.held())));
        });
        while (pool.running() == 0)
            co_await turn_of_the_loop();
        auto const work = [&]() -> result<int> {
            ran = true;
            return 2;
        };
        auto const late = co_await offload(pool, ann, after(std::chrono::milliseconds(20)), never, work);
        BOOST_REQUIRE(!late);
        BOOST_TEST(bool(late.error().code == errc::overloaded));
        BOOST_TEST(late.error().retry_after.has_value());
        bool gone = false;
        group.spawn("leaver", [&]() -> awaitable<void> {
            auto const left = co_await offload(pool, ann, deadline::max(), [&] { return gone; }, work);
            BOOST_TEST(bool(!left && left.error().code == errc::cancelled));
        });
        while (pool.queued() < 2)
            co_await turn_of_the_loop();
        gone = true;
        auto const other = co_await offload(pool, bob, deadline::max(), never, work);
        BOOST_TEST(bool(other && *other == 2), "another user has the other thread");
        ran = false;
        while (group.size() > 1)
            co_await turn_of_the_loop();
        shut.open.count_down();
        co_await group.wait();
        auto const next =
            co_await offload(pool, ann, deadline::max(), never, [&]() -> result<int> { return ran ? 0 : 3; });
        BOOST_TEST(bool(next && *next == 3), "what was given up was dropped");
    });
    pool.join();
    BOOST_TEST(pool.queued() == 0u);
}

BOOST_AUTO_TEST_CASE(a_full_queue_turns_away_at_once) {
    work_pool pool("test", 1, 1);
    test::run_coroutine([&]() -> awaitable<void> {
        gate shut;
        task_group group(co_await asio::this_coro::executor);
        for (int i = 0; i < 2; ++i)
            group.spawn("holder", [&]() -> awaitable<void> {
                BOOST_TEST(bool(co_await offload(pool, ann, deadline::max(), never, shut.held())));
            });
        while (pool.running() + pool.queued() < 2)
            co_await turn_of_the_loop();
        auto const refused = co_await offload(pool, bob, deadline::max(), never, shut.held());
        BOOST_TEST(bool(!refused && refused.error().code == errc::overloaded));
        shut.open.count_down();
        co_await group.wait();
    });
}

BOOST_AUTO_TEST_CASE(an_exception_in_the_pool_reaches_who_waits_and_the_turn_passes_on) {
    work_pool pool("test", 1, 4);
    test::run_coroutine([&]() -> awaitable<void> {
        auto const fails = []() -> result<int> { throw std::runtime_error("a bug"); };
        for (int i = 0; i < 3; ++i)
            try {
                (void)co_await offload(pool, ann, deadline::max(), never, fails);
                BOOST_ERROR("no exception");
            } catch (std::runtime_error const& e) {
                BOOST_TEST(e.what() == "a bug");
            }
    });
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vanna
