// VACUUM (ANALYZE) of the System DB as a job: table by table, so that its progress shows and a cancel ends
// the statement that runs.
#pragma once
#include "core/admin/database_stats.hpp"
#include "jobs/scheduler.hpp"

namespace vanna::jobs {

// Queues the job; `table` is one of database_stats::tables(), empty: all of them. `database` belongs to the
// scheduler's thread and outlives the job. Any thread. conflict: one runs.
awaitable<result<job>> start_vacuum(scheduler& by, admin::database_stats& database, std::string table,
                                    std::string requested_by);

}  // namespace vanna::jobs
