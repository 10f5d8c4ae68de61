#include "server/http/traffic.hpp"

#include <algorithm>

namespace vanna::http {

void traffic::answered(std::size_t which, unsigned status, std::chrono::nanoseconds took) {
    auto& line = lines_[which];
    auto const* at = std::lower_bound(statuses.begin(), statuses.end(), status);
    auto const index =
        at != statuses.end() && *at == status ? std::size_t(at - statuses.begin()) : statuses.size();
    line.by_status[index].add();
    double const seconds = std::chrono::duration<double>(took).count();
    std::size_t bucket = 0;
    while (bucket < bounds.size() && seconds > bounds[bucket])
        ++bucket;
    line.by_time[bucket].add();
    line.nanoseconds.add(std::uint64_t(took.count()));
}

}  // namespace vanna::http
