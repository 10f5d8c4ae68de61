#include "server/http/traffic.hpp"

#include <algorithm>

namespace vanna::http {

void traffic::answered(std::size_t which, unsigned status, std::chrono::nanoseconds took) {
    auto& line = lines_[which];
    auto const* at = std::lower_bound(statuses.begin(), statuses.end(), status);
    auto const index =
        at != statuses.end() && *at == status ? std::size_t(at - statuses.begin()) : statuses.size();
    line.by_status[index].add();
    line.times.add(took);
}

}  // namespace vanna::http
