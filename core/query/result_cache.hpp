// A cache of formatted results. Losing it, or any failure of it, is a miss: slower, nothing else.
#pragma once
#include "core/async/awaitable.hpp"

namespace vanna::query {

class result_cache {
  public:
    virtual ~result_cache() = default;
    // Nothing: not there, too slow (50 ms), or the cache is away.
    virtual awaitable<std::optional<std::string>> get(std::string key) = 0;
    // Handed over and forgotten; values over the adapter's size bound are dropped.
    virtual void put(std::string key, std::string value, std::chrono::seconds ttl) = 0;
};

}  // namespace vanna::query
