// Counters of one worker's pool. Written by that worker alone, read by any thread (metrics,
// /admin/db/health).
#pragma once
#include <atomic>
#include <cstdint>

namespace vanna::postgres {

struct pool_stats {
    using counter = std::atomic<std::uint64_t>;
    counter connections_open{0};    // pipelined
    counter requests_in_flight{0};  // sent, reply not yet here
    counter requests_waiting{0};    // in the pool's queue
    counter sessions_open{0}, sessions_busy{0};
    counter requests{0}, waits{0}, errors{0}, deadlines_missed{0}, reruns{0}, connections_lost{0};

    static void add(counter& c, std::uint64_t n = 1) {
        c.store(c.load(std::memory_order_relaxed) + n, std::memory_order_relaxed);
    }
    static void set(counter& c, std::uint64_t n) { c.store(n, std::memory_order_relaxed); }
};

}  // namespace vanna::postgres
