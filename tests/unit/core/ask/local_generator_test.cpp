#include "core/ask/local_generator.hpp"

#include <boost/test/unit_test.hpp>
#include <thread>

#include "core/async/task_group.hpp"
#include "core/sql/target.hpp"
#include "tests/unit/core/ask/shop.hpp"

namespace vanna {
namespace {

// Tells on which thread it worked, and works for as long as the test holds its gate.
struct slow_thinker : ask::local_generator {
    mutable std::mutex gate;
    mutable std::atomic<int> begun{0};
    mutable std::thread::id worked_on;
    std::string_view name() const override { return "slow"; }
    result<ask::generated> answer(ask::context const& what, deadline) const override {
        ++begun;
        std::lock_guard wait(gate);
        worked_on = std::this_thread::get_id();
        ask::generated made;
        made.sql = what.question;
        return made;
    }
    ask::generated nothing_better() const override { return {}; }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(local_generators)

BOOST_AUTO_TEST_CASE(work_is_done_on_the_pool_while_the_worker_goes_on) {
    work_pool pool("ask", 1, 1);
    auto const by = std::make_shared<slow_thinker>();
    auto const generator = ask::run_on(&pool, by);
    std::unique_lock held(by->gate);
    test::run_coroutine([&]() -> awaitable<void> {
        auto const executor = co_await asio::this_coro::executor;
        task_group group(executor);
        std::string sql;
        group.spawn("ask", [&]() -> awaitable<void> {
            sql = (co_await generator->generate(test::asking("SELECT 1"), after(std::chrono::seconds(5))))
                      .value()
                      .sql;
        });
        while (by->begun == 0)
            co_await asio::post(executor, asio::use_awaitable);  // this thread is free
        held.unlock();
        co_await group.wait();
        BOOST_TEST(sql == "SELECT 1");
        BOOST_TEST((by->worked_on != std::this_thread::get_id()));
    });
}

BOOST_AUTO_TEST_CASE(a_full_queue_is_overloaded_at_once) {
    work_pool pool("ask", 1, 1);
    auto const by = std::make_shared<slow_thinker>();
    auto const generator = ask::run_on(&pool, by);
    std::unique_lock held(by->gate);
    test::run_coroutine([&]() -> awaitable<void> {
        auto const executor = co_await asio::this_coro::executor;
        task_group group(executor);
        auto const what = test::asking("SELECT 1");
        for (int i = 0; i < 2; ++i)
            group.spawn("ask", [&]() -> awaitable<void> {
                (void)co_await generator->generate(what, after(std::chrono::seconds(5)));
            });
        while (by->begun == 0)
            co_await asio::post(executor, asio::use_awaitable);
        auto const third = co_await generator->generate(what, after(std::chrono::seconds(5)));
        BOOST_REQUIRE(!third);
        BOOST_TEST((third.error().code == errc::overloaded));
        held.unlock();
        co_await group.wait();
    });
}

BOOST_AUTO_TEST_CASE(nothing_is_worked_out_for_those_who_have_left) {
    work_pool pool("ask", 1, 4);
    auto const by = std::make_shared<slow_thinker>();
    auto const generator = ask::run_on(&pool, by);
    test::run_coroutine([&]() -> awaitable<void> {
        auto what = test::asking("SELECT 1");
        auto const late = co_await generator->generate(what, after(std::chrono::seconds(-1)));
        BOOST_TEST((late.error().code == errc::deadline_exceeded));
        what.stop = std::make_shared<sql::stop_flag>();
        what.stop->request(sql::stop_reason::client_gone);
        auto const gone = co_await generator->generate(what, after(std::chrono::seconds(5)));
        BOOST_TEST((gone.error().code == errc::cancelled));
        BOOST_TEST(by->begun == 0);
    });
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vanna
