#include "core/net/circuit_breaker.hpp"

#include <algorithm>

namespace vanna::net {

circuit_breaker::pass circuit_breaker::begin(time_point now) {
    std::lock_guard lock(mutex_);
    if (!open_) return pass::ordinary;
    if (now < until_ || probing_) return pass::refused;
    probing_ = true;
    return pass::probe;
}

void circuit_breaker::end(pass given, outcome how, time_point now) {
    std::lock_guard lock(mutex_);
    if (given == pass::refused) return;
    if (given == pass::probe) probing_ = false;
    if (how == outcome::good) {
        failures_ = 0;
        rest_ = {};
        open_ = false;
    } else if (how == outcome::bad) {
        // Calls that were under way when it opened must not lengthen the rest.
        if (given == pass::probe || (!open_ && ++failures_ >= how_.failures)) open(now);
    }
}

void circuit_breaker::open(time_point now) {
    rest_ = std::min(std::max(rest_ * 2, how_.rest), how_.longest_rest);
    until_ = now + rest_;
    open_ = true;
}

void circuit_breaker::leave_alone(time_point until, time_point now) {
    std::lock_guard lock(mutex_);
    until_ = std::max(until_, std::min<time_point>(until, now + how_.longest_rest));
    open_ = true;
}

circuit_breaker::state circuit_breaker::at(time_point now) const {
    std::lock_guard lock(mutex_);
    if (!open_) return state::closed;
    return now < until_ ? state::open : state::half_open;
}

std::chrono::milliseconds circuit_breaker::rests_for(time_point now) const {
    std::lock_guard lock(mutex_);
    if (!open_ || now >= until_) return {};
    return std::chrono::ceil<std::chrono::milliseconds>(until_ - now);
}

}  // namespace vanna::net
