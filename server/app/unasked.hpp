// Jobs that begin without anybody asking: by a schedule, or because a start of the server wants them. They
// are audited before and after, as the administrators' calls are.
#pragma once
#include <functional>

#include "core/audit/entry.hpp"
#include "core/jobs/job.hpp"

namespace vanna::app {

struct unasked {
    std::string requested_by;      // "schedule" or "system"
    std::string action, resource;  // of the audit trail
    std::string reason;
};

// Calls `start` once the attempt is audited; logs what came of it.
awaitable<void> start_unasked(audit::store& trail, unasked what,
                              std::function<awaitable<result<jobs::job>>()> start);

}  // namespace vanna::app
