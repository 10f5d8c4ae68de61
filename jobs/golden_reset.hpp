// The job "golden-copy": a fresh copy of the source, which every replica then follows. The server and the
// command line hand the same body to their scheduler; init copies by the same step.
#pragma once
#include "db/sqlite/golden_copy.hpp"
#include "jobs/scheduler.hpp"

namespace vanna::jobs {

// conflict, with type "no-golden-copy".
error no_golden_copy();

// Does what `how` says to the row as it is now. The cluster's lock "jobs" is held.
awaitable<result<sqlite::golden_outcome>> copy_source(sqlite::golden_copy& copy, replica::store& rows,
                                                      sqlite::golden_request how);

// Submits it. `taken` is told of the new copy before the job has succeeded; may be empty. Its result:
// {"version", "size", "moved", "copied"}. What it is given outlives the job.
awaitable<result<job>> start_golden_reset(
    scheduler& by, sqlite::golden_copy& copy, replica::store& rows, std::string requested_by,
    std::function<awaitable<result<void>>(sqlite::golden_outcome)> taken = {});

}  // namespace vanna::jobs
