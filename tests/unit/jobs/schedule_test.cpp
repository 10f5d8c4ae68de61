#include "jobs/schedule.hpp"

#include "core/async/pause.hpp"
#include "core/async/task_group.hpp"
#include "tests/support/run_coroutine.hpp"
#include "tests/unit/jobs/fake_rows.hpp"

namespace vanna::jobs {
namespace {

using namespace std::chrono_literals;

// A clock a test sets; time also passes by itself, so that what is due within milliseconds comes.
struct clock_of_test {
    instant base = *parse_rfc3339("2024-02-28T23:59:59.950Z");
    std::chrono::steady_clock::time_point since = std::chrono::steady_clock::now();
    instant operator()() const {
        return base + std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() -
                                                                            since);
    }
    void set(char const* text) {
        base = *parse_rfc3339(text);
        since = std::chrono::steady_clock::now();
    }
};

struct story {
    test::fake_rows rows;
    clock_of_test clock;
    std::vector<std::string> fired;  // by whom

    schedule made(std::string by) {
        std::string problem;
        return {.name = "backup",
                .when = *config::cron::parse("0 0 * * *", problem),
                .fire = [this, by]() -> awaitable<void> {
                    fired.push_back(by);
                    co_return;
                },
                .clock = [this] { return clock(); }};
    }
    awaitable<void> until(std::function<bool()> what, char const* name) {
        auto const limit = after(10s);
        while (!what() && std::chrono::steady_clock::now() < limit)
            co_await pause_for(5ms);
        BOOST_REQUIRE_MESSAGE(what(), "waited in vain for " << name);
    }
    void run(std::function<awaitable<void>(task_group&)> body) {
        test::run_coroutine(
            [&]() -> awaitable<void> {
                task_group all(co_await asio::this_coro::executor);
                co_await body(all);
                all.cancel();
                co_await all.wait();
            },
            30s);
    }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(schedule_)

BOOST_AUTO_TEST_CASE(a_due_time_fires_once_however_many_wait_for_it) {
    story s;
    s.run([&](task_group& all) -> awaitable<void> {
        for (auto by : {"a", "b", "c"})
            all.spawn("schedule", [&s, by] { return keep(s.made(by), s.rows); });
        co_await s.until([&] { return !s.fired.empty(); }, "the due time");
        co_await pause_for(200ms);
        BOOST_TEST(s.fired.size() == 1u);
        BOOST_TEST((s.rows.fired["backup"] == *parse_rfc3339("2024-02-29T00:00:00Z")));
    });
}

BOOST_AUTO_TEST_CASE(what_was_due_while_nobody_was_up_is_not_caught_up) {
    story s;
    s.clock.set("2024-02-29T00:00:05Z");
    s.run([&](task_group& all) -> awaitable<void> {
        all.spawn("schedule", [&s] { return keep(s.made("a"), s.rows); });
        co_await pause_for(100ms);
        BOOST_TEST(s.fired.empty());
    });
}

BOOST_AUTO_TEST_CASE(a_claim_that_postgresql_does_not_answer_is_tried_again) {
    story s;
    s.rows.away = true;
    s.run([&](task_group& all) -> awaitable<void> {
        all.spawn("schedule", [&s] { return keep(s.made("a"), s.rows); });
        co_await pause_for(300ms);
        BOOST_TEST(s.fired.empty());
        s.rows.away = false;
        co_await s.until([&] { return !s.fired.empty(); }, "the second attempt");
    });
}

BOOST_AUTO_TEST_CASE(who_cannot_do_the_work_leaves_the_due_time_to_one_that_can) {
    story s;
    s.run([&](task_group& all) -> awaitable<void> {
        int asked = 0;
        auto unable = s.made("a");
        unable.may_fire = [&asked]() -> awaitable<bool> {
            ++asked;
            co_return false;
        };
        all.spawn("schedule", [&s, unable] { return keep(unable, s.rows); });
        co_await s.until([&] { return asked > 0; }, "the question");
        BOOST_TEST((s.fired.empty() && s.rows.fired.empty()));
        s.clock.set("2024-02-28T23:59:59.990Z");
        all.spawn("schedule", [&s] { return keep(s.made("b"), s.rows); });
        co_await s.until([&] { return !s.fired.empty(); }, "the other");
        BOOST_TEST(s.fired == std::vector<std::string>{"b"}, boost::test_tools::per_element());
    });
}

BOOST_AUTO_TEST_CASE(who_becomes_able_within_the_minute_takes_what_nobody_has_taken) {
    story s;
    s.run([&](task_group& all) -> awaitable<void> {
        auto later = s.made("a");
        later.may_fire = [first = true]() mutable -> awaitable<bool> {
            co_return !std::exchange(first, false);
        };
        all.spawn("schedule", [&s, later] { return keep(later, s.rows); });
        co_await s.until([&] { return !s.fired.empty(); }, "the second question");
    });
}

BOOST_AUTO_TEST_CASE(a_claim_is_given_up_a_minute_after_it_was_due) {
    story s;
    s.rows.away = true;
    s.run([&](task_group& all) -> awaitable<void> {
        all.spawn("schedule", [&s] { return keep(s.made("a"), s.rows); });
        co_await pause_for(300ms);
        s.clock.set("2024-02-29T00:01:01Z");
        co_await pause_for(1500ms);
        s.rows.away = false;
        BOOST_TEST(s.fired.empty());
        BOOST_TEST(s.rows.fired.empty());
    });
}

BOOST_AUTO_TEST_CASE(a_schedule_goes_on_after_what_it_fired_threw) {
    story s;
    s.run([&](task_group& all) -> awaitable<void> {
        auto what = s.made("a");
        what.fire = [&s]() -> awaitable<void> {
            s.fired.push_back("a");
            s.clock.set("2024-02-29T23:59:59.900Z");
            throw std::runtime_error("a bug");
            co_return;
        };
        all.spawn("schedule", [&s, what] { return keep(what, s.rows); });
        co_await s.until([&] { return s.fired.size() >= 2; }, "the next due time");
    });
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vanna::jobs
