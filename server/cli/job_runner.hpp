// Runs a job from the command line as the server would: a row in `jobs`, a heartbeat, the cluster's locks,
// its end on SIGINT and SIGTERM, and a bar on the terminal. Needs no server.
#pragma once
#include "jobs/scheduler.hpp"
#include "server/cli/engine.hpp"

namespace vanna::cli {

// What the job says of its work; the error that ended it; conflict where one of its type is open; cancelled.
// After engine::connect(). `shown` stands before the bar.
awaitable<result<boost::json::value>> run_job(engine& e, jobs::job_request what, jobs::body work,
                                              std::string shown);

}  // namespace vanna::cli
