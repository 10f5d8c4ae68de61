#include "core/query/single_flight.hpp"

#include "core/async/task_group.hpp"
#include "tests/support/run_coroutine.hpp"

namespace vanna::query {
namespace {

auto const never = [] { return false; };

}  // namespace

BOOST_AUTO_TEST_SUITE(single_flights)

BOOST_AUTO_TEST_CASE(those_who_ask_for_the_same_at_once_get_the_leaders_outcome) {
    test::run_coroutine([]() -> awaitable<void> {
        auto executor = co_await asio::this_coro::executor;
        single_flight<int> flights;
        task_group group(executor);
        auto lead = co_await flights.take("key", after(std::chrono::seconds(5)), never);
        BOOST_REQUIRE(lead.lead);
        int got = 0;
        for (int i = 0; i < 10; ++i)
            group.spawn("follower", [&]() -> awaitable<void> {
                auto seat = co_await flights.take("key", after(std::chrono::seconds(5)), never);
                if (seat.outcome && *seat.outcome == 42) ++got;
            });
        group.spawn("leader", [&]() -> awaitable<void> {
            lead.lead->publish(std::make_shared<int const>(42));
            co_return;
        });
        co_await group.wait();
        BOOST_TEST(got == 10);
        BOOST_TEST(flights.size() == 0u);
    });
}

BOOST_AUTO_TEST_CASE(a_leader_that_gives_up_lets_the_others_run_for_themselves) {
    test::run_coroutine([]() -> awaitable<void> {
        auto executor = co_await asio::this_coro::executor;
        single_flight<int> flights;
        task_group group(executor);
        int alone = 0;
        {
            auto lead = co_await flights.take("key", after(std::chrono::seconds(5)), never);
            group.spawn("follower", [&]() -> awaitable<void> {
                auto seat = co_await flights.take("key", after(std::chrono::seconds(5)), never);
                if (seat.lead && !seat.outcome) ++alone;
            });
            co_await asio::post(executor, asio::use_awaitable);
        }
        co_await group.wait();
        BOOST_TEST(alone == 1);
    });
}

BOOST_AUTO_TEST_CASE(a_follower_whose_client_left_stops_waiting) {
    test::run_coroutine([]() -> awaitable<void> {
        single_flight<int> flights;
        auto lead = co_await flights.take("key", after(std::chrono::seconds(5)), never);
        auto seat = co_await flights.take("key", after(std::chrono::seconds(5)), [] { return true; });
        BOOST_TEST(!seat.lead);
        BOOST_TEST(!seat.outcome);
        auto late = co_await flights.take("key", after(std::chrono::milliseconds(-1)), never);
        BOOST_TEST(!late.lead);
    });
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vanna::query
