// The golden copy as the admin routes see it: what this replica has, and the job that takes a fresh copy
// everywhere.
#pragma once
#include <boost/json.hpp>

#include "core/async/awaitable.hpp"
#include "core/jobs/job.hpp"

namespace vanna::admin {

class golden_copies {
  public:
    virtual ~golden_copies() = default;
    // {state, path, source, version, wanted_version, size, duration_ms, checked_at, problem}; conflict with
    // type "target-disabled" or "no-golden-copy" when there is none. Any thread.
    virtual awaitable<result<boost::json::object>> status(deadline limit) = 0;
    // Starts the job; conflict: one runs. Any thread.
    virtual awaitable<result<jobs::job>> reset(std::string requested_by, deadline limit) = 0;
};

}  // namespace vanna::admin
