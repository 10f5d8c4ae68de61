#include "core/async/foreground.hpp"

#include <sched.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <future>
#include <thread>

namespace vanna {
namespace {

// Whether this account may run threads in real time. Where it may not, as most may not, nothing may change.
bool may_run_in_real_time() {
    sched_param const front{.sched_priority = foreground::levels}, in_turn{};
    return sched_setscheduler(0, SCHED_RR, &front) == 0 && sched_setscheduler(0, SCHED_OTHER, &in_turn) == 0;
}

int policy(pid_t thread = 0) {
    return sched_getscheduler(thread) & ~SCHED_RESET_ON_FORK;
}

int level() {
    sched_param now{};
    sched_getparam(0, &now);
    return now.sched_priority;
}

// A thread of its own: the one that runs the tests stays as it is.
template <class F>
void in_a_thread(F body) {
    std::async(std::launch::async, std::move(body)).get();
}

void use_a_core(std::chrono::milliseconds time) {
    auto const now = [] {
        timespec used{};
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
        return std::chrono::seconds(used.tv_sec) + std::chrono::nanoseconds(used.tv_nsec);
    };
    for (auto const end = now() + time; now() < end;) {
    }
}

// What a look sees is what was used since the one before: it is repeated until it has seen a quiet moment.
bool comes_to_the_front(foreground& front) {
    for (int looks = 0; looks < 2000 && policy() != SCHED_RR; ++looks) {
        std::promise<void> never;
        never.get_future().wait_for(std::chrono::milliseconds(2));
        front.look();
    }
    return policy() == SCHED_RR;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(foregrounds)

BOOST_AUTO_TEST_CASE(it_acts_where_the_account_may_and_only_there) {
    foreground front(64);
    BOOST_TEST(front.permitted() == may_run_in_real_time());
    in_a_thread([&] {
        front.enter(1);
        front.look();
        BOOST_TEST(policy() == (front.permitted() ? SCHED_RR : SCHED_OTHER));
    });
}

BOOST_AUTO_TEST_CASE(a_thread_is_in_front_until_it_needs_much_and_again_afterwards) {
    foreground front(64);
    if (!front.permitted()) return;
    in_a_thread([&] {
        front.enter(2);
        BOOST_TEST(policy() == SCHED_RR);
        BOOST_TEST(level() == 2);
        front.look();
        do {  // a busy machine may take the core away in between
            use_a_core(std::chrono::milliseconds(5));
            front.look();
        } while (policy() == SCHED_RR);
        BOOST_TEST(policy() == SCHED_OTHER);
        BOOST_TEST(level() == 0);
        BOOST_TEST(comes_to_the_front(front));
    });
    front.look();  // it has ended: nothing is left to look at
}

BOOST_AUTO_TEST_CASE(when_they_need_most_of_the_cores_together_all_step_back) {
    for (unsigned cores : {1u, 64u}) {
        foreground front(cores);
        if (!front.permitted()) return;
        std::promise<pid_t> entered;
        std::promise<void> over;
        std::thread idle([&] {
            front.enter(2);
            entered.set_value(gettid());
            over.get_future().wait();
        });
        auto const id = entered.get_future().get();
        in_a_thread([&] {
            front.enter(1);
            do {
                use_a_core(std::chrono::milliseconds(5));
                front.look();
            } while (policy() == SCHED_RR);
        });
        BOOST_TEST(policy(id) == (cores == 1 ? SCHED_OTHER : SCHED_RR));
        over.set_value();
        idle.join();
    }
}

BOOST_AUTO_TEST_CASE(what_such_a_thread_starts_runs_in_turn) {
    foreground front(2);
    if (!front.permitted()) return;
    in_a_thread([&] {
        front.enter(1);
        BOOST_TEST(policy() == SCHED_RR);
        in_a_thread([] { BOOST_TEST(policy() == SCHED_OTHER); });
    });
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vanna
