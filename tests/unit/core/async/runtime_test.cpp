#include "core/async/runtime.hpp"

#include <sys/resource.h>

#include <boost/test/unit_test.hpp>
#include <csignal>
#include <future>
#include <set>

#include "core/async/awaitable.hpp"

namespace vanna {
namespace {

using std::chrono::milliseconds;

}  // namespace

BOOST_AUTO_TEST_SUITE(runtimes)

BOOST_AUTO_TEST_CASE(each_worker_runs_what_is_given_to_it_on_a_thread_of_its_own) {
    runtime workers(3);
    BOOST_TEST(workers.size() == 3u);
    workers.start();
    std::set<std::thread::id> threads;
    for (std::size_t i = 0; i < 3; ++i) {
        std::promise<std::thread::id> ran;
        asio::post(workers.at(i).executor(), [&] { ran.set_value(std::this_thread::get_id()); });
        threads.insert(ran.get_future().get());
    }
    BOOST_TEST(threads.size() == 3u);
    workers.finish();
    workers.join();
}

BOOST_AUTO_TEST_CASE(work_under_way_is_finished_before_join_returns) {
    runtime workers(2);
    std::atomic<bool> done = false;
    workers.start();
    auto slow = [&]() -> awaitable<void> {
        asio::steady_timer timer(co_await asio::this_coro::executor, milliseconds(50));
        co_await timer.async_wait(asio::use_awaitable);
        done = true;
    };
    auto finished = asio::co_spawn(workers.at(1).executor(), slow, asio::use_future);
    workers.finish();
    workers.finish();
    workers.join();
    BOOST_TEST(done.load());
    finished.get();
}

BOOST_AUTO_TEST_CASE(an_exception_in_the_loop_does_not_end_the_worker) {
    runtime workers(1);
    workers.start();
    asio::post(workers.at(0).executor(), [] { throw std::runtime_error("a bug"); });
    std::promise<void> ran;
    asio::post(workers.at(0).executor(), [&] { ran.set_value(); });
    BOOST_TEST(int(ran.get_future().wait_for(std::chrono::seconds(10))) == int(std::future_status::ready));
}

BOOST_AUTO_TEST_CASE(signals_arrive_on_the_first_worker_each_time) {
    runtime workers(2);
    std::promise<void> twice;
    std::vector<int> seen;
    workers.on_signal([&](int number) {
        seen.push_back(number);
        if (seen.size() == 1) std::raise(SIGHUP);
        if (seen.size() == 2) twice.set_value();
    });
    workers.start();
    std::raise(SIGTERM);
    BOOST_TEST(int(twice.get_future().wait_for(std::chrono::seconds(10))) == int(std::future_status::ready));
    workers.finish();
    workers.join();
    BOOST_TEST(seen == (std::vector<int>{SIGTERM, SIGHUP}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_signal_whose_handling_fails_does_not_make_the_process_deaf) {
    runtime workers(1);
    std::promise<void> heard;
    workers.on_signal([&](int number) {
        if (number == SIGHUP) throw std::runtime_error("the log cannot be opened");
        heard.set_value();
    });
    workers.start();
    std::raise(SIGHUP);
    asio::post(workers.at(0).executor(), [] { std::raise(SIGTERM); });
    BOOST_TEST(int(heard.get_future().wait_for(std::chrono::seconds(10))) == int(std::future_status::ready));
}

BOOST_AUTO_TEST_CASE(a_loop_that_is_held_up_shows_as_lag) {
    runtime workers(1);
    workers.start();
    std::promise<void> held;
    asio::post(workers.at(0).executor(), [&] {
        auto const until = std::chrono::steady_clock::now() + milliseconds(300);
        while (std::chrono::steady_clock::now() < until) {
        }
        held.set_value();
    });
    held.get_future().wait();
    auto const limit = after(std::chrono::seconds(10));
    while (workers.at(0).lag() < milliseconds(150) && std::chrono::steady_clock::now() < limit)
        std::this_thread::yield();
    BOOST_TEST((workers.at(0).lag() >= milliseconds(150)));
}

BOOST_AUTO_TEST_CASE(the_descriptor_limit_is_raised_to_the_hard_one) {
    rlimit limit{};
    getrlimit(RLIMIT_NOFILE, &limit);
    BOOST_TEST(raise_descriptor_limit() == limit.rlim_max);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vanna
