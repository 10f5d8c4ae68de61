// What the process knows of its stores and of itself: written by the probes on the control thread, read by
// /health, /health/ready and the metrics on every worker.
#pragma once
#include <atomic>
#include <map>
#include <mutex>
#include <string>

#include "core/clock.hpp"

namespace vanna::health {

enum class state { disabled, connected, down };
std::string_view to_string(state s);

struct component {
    health::state state = health::state::down;
    std::string detail;  // why it is down, or what it is; for admins and loopback
    std::chrono::microseconds latency{};
    instant checked_at{};
};

class board {
  public:
    void set(std::string const& name, component what);
    std::map<std::string, component> all() const;
    component of(std::string const& name) const;

    // Each store has been asked once: what is shown of them is no longer a guess.
    void asked_all() { asked_all_ = true; }
    bool has_asked_all() const { return asked_all_; }

    // Ready once, the process stays so while it serves; only its own target file or draining take it back.
    void became_ready() { was_ready_ = true; }
    void drain() { draining_ = true; }
    bool draining() const { return draining_; }
    // Why this replica is not fit for traffic; empty: it is.
    std::string not_ready_because() const;
    // A problem of this replica alone (its target file); empty when healed.
    void set_own_problem(std::string why);

  private:
    mutable std::mutex mutex_;
    std::map<std::string, component> components_;
    std::string own_problem_;
    std::atomic<bool> asked_all_{false}, was_ready_{false}, draining_{false};
};

}  // namespace vanna::health
