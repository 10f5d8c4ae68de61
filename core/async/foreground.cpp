#include "core/async/foreground.hpp"

#include <pthread.h>
#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <optional>
#include <utility>

namespace vanna {
namespace {

constexpr double most_of_one = 0.75, most_of_all = 0.5;  // of a core, of all cores

// By RLIMIT_RTPRIO or CAP_SYS_NICE, unless a control group forbids it.
bool may_run_in_real_time() {
    sched_param const front{.sched_priority = foreground::levels}, in_turn{};
    return sched_setscheduler(0, SCHED_RR, &front) == 0 && sched_setscheduler(0, SCHED_OTHER, &in_turn) == 0;
}

// Nothing once the thread has ended.
std::optional<std::chrono::nanoseconds> time_used(clockid_t clock) {
    timespec used{};
    if (clock_gettime(clock, &used) != 0) return {};
    return std::chrono::seconds(used.tv_sec) + std::chrono::nanoseconds(used.tv_nsec);
}

}  // namespace

foreground::foreground(unsigned cores) : permitted_(may_run_in_real_time()), most_(most_of_all * cores) {}

// What these threads start (a resolver, a child process) runs in turn: SCHED_RESET_ON_FORK, which cannot be
// taken back without privilege and so stays set.
void foreground::put(thread& what, bool in_front) {
    sched_param const level{.sched_priority = in_front ? what.level : 0};
    if (sched_setscheduler(what.id, (in_front ? SCHED_RR : SCHED_OTHER) | SCHED_RESET_ON_FORK, &level) == 0)
        what.in_front = in_front;
}

void foreground::enter(int level) {
    if (!permitted_) return;
    thread self{.id = gettid(), .clock = {}, .level = level};
    if (pthread_getcpuclockid(pthread_self(), &self.clock) != 0) return;
    std::lock_guard const lock(mutex_);
    self.used = time_used(self.clock).value_or(self.used);
    put(self, true);
    threads_.push_back(self);
}

void foreground::measure(std::chrono::nanoseconds elapsed) {
    std::erase_if(threads_, [&](thread& each) {
        auto const used = time_used(each.clock);
        if (!used) return true;
        each.share = double((*used - each.used).count()) / double(std::max<long>(1, elapsed.count()));
        each.used = *used;
        return false;
    });
}

void foreground::look() {
    if (!permitted_) return;
    std::lock_guard const lock(mutex_);
    auto const at = std::chrono::steady_clock::now();
    measure(at - std::exchange(looked_at_, at));
    double together = 0;
    for (auto const& each : threads_)
        together += each.share;
    for (auto& each : threads_) {
        bool const in_front = each.share <= most_of_one && together <= most_;
        if (in_front != each.in_front) put(each, in_front);
    }
}

}  // namespace vanna
