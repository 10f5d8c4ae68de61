// What one worker has answered: requests by route and status, latencies, bytes, connections. Written on the
// worker's thread without locks, read by the metrics from any thread, added up over the workers there.
#pragma once
#include <memory>
#include <span>

#include "core/tally.hpp"
#include "server/http/method.hpp"

namespace vanna::http {

class traffic {
  public:
    static constexpr std::array<unsigned, 26> statuses{200, 201, 202, 204, 206, 302, 303, 304, 308,
                                                       400, 401, 403, 404, 405, 408, 409, 413, 417,
                                                       422, 429, 431, 499, 500, 501, 503, 504};

    struct line {                                          // of one route
        std::array<tally, statuses.size() + 1> by_status;  // the last: any other
        timings times;
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
