// The result cache on Redis. Every failure is a miss, and no caller waits longer than 50 ms.
#pragma once
#include <memory>

#include "core/query/result_cache.hpp"
#include "db/redis/client.hpp"

namespace vanna::redis {

inline constexpr std::size_t most_cached_bytes = 1u << 20;

// `on` must outlive it and be of the same worker.
std::unique_ptr<query::result_cache> create_result_cache(client& on,
                                                         std::size_t most_bytes = most_cached_bytes,
                                                         std::chrono::milliseconds patience = usual_patience);

}  // namespace vanna::redis
