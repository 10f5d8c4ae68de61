// Keeps calls away from a service that has failed several times in a row: after a rest one call may go out as
// a probe, which closes the breaker or makes the next rest longer. Any thread; whoever shares a service may
// share its breaker. It makes no calls itself.
#pragma once
#include <chrono>
#include <mutex>

namespace vanna::net {

struct breaker_options {
    unsigned failures = 5;  // in a row, then it opens
    std::chrono::milliseconds rest{5000}, longest_rest{60000};
};

class circuit_breaker {
  public:
    using time_point = std::chrono::steady_clock::time_point;
    enum class state { closed, open, half_open };
    enum class outcome { good, bad, unknown };  // unknown: given up by the caller, says nothing
    enum class pass { refused, ordinary, probe };

    explicit circuit_breaker(breaker_options how = {}) : how_(how) {}

    // Whether a call may go out. Half-open lets one through, the probe. What was let through must end().
    pass begin(time_point now);
    void end(pass given, outcome how, time_point now);
    // The service wants to be left alone until then; no longer than the longest rest.
    void leave_alone(time_point until, time_point now);

    state at(time_point now) const;
    // How long nothing may go out yet; zero when something may.
    std::chrono::milliseconds rests_for(time_point now) const;

  private:
    void open(time_point now);

    breaker_options how_;
    mutable std::mutex mutex_;
    unsigned failures_ = 0;
    bool open_ = false, probing_ = false;
    std::chrono::milliseconds rest_{0};  // the current one's length
    time_point until_{};
};

}  // namespace vanna::net
