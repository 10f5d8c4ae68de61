// How often somebody may do something: counters in fixed windows, shared by all replicas through Redis
// (db/redis) and per process while that is away. Log-in takes from them before it spends time on bcrypt.
#pragma once
#include <mutex>
#include <unordered_map>

#include "core/async/awaitable.hpp"

namespace vanna::auth {

struct rate_rule {
    std::string key;  // at most about 100 bytes, nothing that needs hiding
    std::uint64_t limit = 0;
};

struct rate_verdict {
    bool allowed = true;
    std::uint64_t remaining = 0;         // under the tightest rule, after this one
    std::chrono::seconds retry_after{};  // when not allowed: until the window that is used up ends
};

class rate_limits {
  public:
    virtual ~rate_limits() = default;
    // Takes one from each rule, or nothing at all when any is used up. Never fails: a limiter that cannot
    // count across replicas counts in this process.
    virtual awaitable<rate_verdict> take(std::vector<rate_rule> rules, std::chrono::seconds window) = 0;
    // Returns what take() took: the attempt turned out not to count. Handed over and forgotten.
    virtual void give_back(std::vector<std::string> keys) = 0;
};

// The counters of this process. Thread-safe; bounded in memory: full, it forgets windows that have ended,
// then others.
class local_rate_counters {
  public:
    using clock = std::chrono::steady_clock;
    explicit local_rate_counters(std::size_t most_keys = 100'000) : most_keys_(most_keys) {}
    rate_verdict take(std::vector<rate_rule> const& rules, std::chrono::seconds window,
                      clock::time_point at = clock::now());
    void give_back(std::vector<std::string> const& keys);
    std::size_t size() const;

  private:
    struct counter {
        std::uint64_t used = 0;
        clock::time_point ends;
    };
    void make_room(clock::time_point at);

    std::size_t most_keys_;
    mutable std::mutex mutex_;
    std::unordered_map<std::string, counter> counters_;
};

// The port on those alone: the command line, tests, and a server without Redis.
class local_rate_limits : public rate_limits {
  public:
    explicit local_rate_limits(local_rate_counters& counters) : counters_(counters) {}
    awaitable<rate_verdict> take(std::vector<rate_rule> rules, std::chrono::seconds window) override {
        co_return counters_.take(rules, window);
    }
    void give_back(std::vector<std::string> keys) override { counters_.give_back(keys); }

  private:
    local_rate_counters& counters_;
};

}  // namespace vanna::auth
