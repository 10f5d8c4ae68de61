// Locks of the whole cluster, which keep jobs out of each other's way. db/postgres implements them.
#pragma once
#include <memory>
#include <string>

#include "core/async/awaitable.hpp"

namespace vanna::jobs {

enum class lock_mode { exclusive, shared };

// On a connection of its own. Destroying it releases it.
class lock {
  public:
    virtual ~lock() = default;
    virtual awaitable<result<void>> still_held(deadline limit) = 0;  // conflict: it was lost
};

class lock_store {
  public:
    virtual ~lock_store() = default;
    // conflict: another holds it in a way that excludes this one. Names are hashed to the advisory key.
    virtual awaitable<result<std::unique_ptr<lock>>> try_lock(std::string name, lock_mode mode,
                                                              deadline limit) = 0;
};

}  // namespace vanna::jobs
