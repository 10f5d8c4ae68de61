// Rate limits counted in Redis for all replicas together; while it is away, in this process.
#pragma once
#include <memory>

#include "core/auth/rate_limit.hpp"
#include "db/redis/client.hpp"

namespace vanna::redis {

// `on` must be of the same worker; `fallback` is shared by the workers. Both must outlive it.
std::unique_ptr<auth::rate_limits> create_rate_limits(client& on, auth::local_rate_counters& fallback,
                                                      std::chrono::milliseconds patience = usual_patience);

}  // namespace vanna::redis
