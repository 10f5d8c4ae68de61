// What one worker has answered: requests by route and status, latencies, bytes, connections. Written on the
// worker's thread without locks, read by the metrics from any thread, added up over the workers there.
#pragma once
#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <span>

#include "server/http/method.hpp"

namespace vanna::http {

// A number with one writer and any readers.
class tally {
  public:
    void add(std::uint64_t n = 1) {
        value_.store(value_.load(std::memory_order_relaxed) + n, std::memory_order_relaxed);
    }
    void subtract(std::uint64_t n = 1) { add(-n); }
    std::uint64_t get() const { return value_.load(std::memory_order_relaxed); }

  private:
    std::atomic<std::uint64_t> value_{0};
};

class traffic {
  public:
    static constexpr std::array<double, 14> bounds{0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05,
                                                   0.1,    0.25,  0.5,    1,     2.5,  10,    60};
    static constexpr std::array<unsigned, 26> statuses{200, 201, 202, 204, 206, 302, 303, 304, 308,
                                                       400, 401, 403, 404, 405, 408, 409, 413, 417,
                                                       422, 429, 431, 499, 500, 501, 503, 504};

    struct line {                                          // of one route
        std::array<tally, statuses.size() + 1> by_status;  // the last: any other
        std::array<tally, bounds.size() + 1> by_time;
        tally nanoseconds;
    };

    // Lines 0 to routes - 1 are the routes; after them one for each method, for what matched no route.
    explicit traffic(std::size_t routes)
        : routes_(routes), lines_(std::make_unique<line[]>(routes + method_count)) {}

    void answered(std::size_t which, unsigned status, std::chrono::nanoseconds took);
    std::size_t unmatched(method m) const { return routes_ + std::size_t(m); }
    std::span<line const> lines() const { return {lines_.get(), routes_ + method_count}; }

    tally connections, accepted, refused_full, timed_out, slow_readers, in_flight, bytes_in, bytes_out,
        exceptions;

  private:
    std::size_t routes_;
    std::unique_ptr<line[]> lines_;
};

}  // namespace vanna::http
