#include "server/http/connection.hpp"

namespace vanna::http {

void connection::begin_waiting_for_reader(std::chrono::steady_clock::time_point t) {
    if (waited_ == waited_.zero()) taken_before_ = written_ - untaken();
    waiting_since_ = t;
}

void connection::end_waiting_for_reader(std::chrono::steady_clock::time_point t) {
    waited_ += t - waiting_since_;
    waiting_since_ = {};
}

connection::verdict connection::judge(std::chrono::steady_clock::time_point t, std::size_t least_rate,
                                      std::chrono::nanoseconds window) {
    if (t >= until_) return verdict::timed_out;
    if (waiting_since_ == std::chrono::steady_clock::time_point{}) return verdict::fine;
    auto const waited = waited_ + (t - waiting_since_);
    if (waited < window) return verdict::fine;
    // Not what was written: a kernel buffer of megabytes reports room only when a third of it is free.
    auto const taken = written_ - untaken();
    bool const slow =
        double(taken - taken_before_) < double(least_rate) * std::chrono::duration<double>(waited).count();
    waited_ = {};
    taken_before_ = taken;
    waiting_since_ = t;
    return slow ? verdict::slow_reader : verdict::fine;
}

}  // namespace vanna::http
