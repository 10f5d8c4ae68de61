#include "core/async/unless_stopped.hpp"

#include "tests/support/run_coroutine.hpp"

namespace vanna {
namespace {

using namespace std::chrono_literals;

awaitable<result<int>> answer_after(std::chrono::milliseconds d, int answer) {
    co_await pause_for(d);
    co_return answer;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(unless_stopped_)

BOOST_AUTO_TEST_CASE(what_is_not_stopped_answers_as_ever) {
    test::run_coroutine([]() -> awaitable<void> {
        auto const flag = std::make_shared<sql::stop_flag>();
        BOOST_TEST((co_await unless_stopped(answer_after(1ms, 7), flag)).value() == 7);
        auto throwing = []() -> awaitable<result<int>> {
            throw std::runtime_error("a bug");
            co_return 1;
        };
        BOOST_CHECK_THROW(co_await unless_stopped(throwing(), flag), std::runtime_error);
    });
}

BOOST_AUTO_TEST_CASE(a_raised_flag_ends_the_wait_and_what_was_awaited) {
    test::run_coroutine([]() -> awaitable<void> {
        auto const flag = std::make_shared<sql::stop_flag>();
        asio::steady_timer later(co_await asio::this_coro::executor, 20ms);
        later.async_wait([flag](boost::system::error_code) { flag->request(sql::stop_reason::requested); });
        auto const stopped = co_await unless_stopped(answer_after(1h, 7), flag);
        BOOST_REQUIRE(!stopped);
        BOOST_TEST((stopped.error().code == errc::cancelled));
    });
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vanna
