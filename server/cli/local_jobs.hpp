// Jobs that a command runs itself, by the same code as a server: with a row, a heartbeat and the cluster's
// locks, so that servers see them and they see the servers'. Progress is shown on a terminal.
#pragma once
#include "jobs/scheduler.hpp"
#include "server/cli/engine.hpp"

namespace vanna::cli {

using job_start = std::function<awaitable<result<jobs::job>>(jobs::scheduler&)>;

class local_jobs {
  public:
    // The engine is connected and outlives it.
    explicit local_jobs(engine& e);

    jobs::scheduler& scheduler() { return scheduler_; }
    // What `start` submits. Where it meets a job of the same type it waits until that gives a sign of life,
    // which is the conflict, or counts as dead; then it starts again.
    awaitable<result<jobs::job>> begin(job_start start);
    // Waits for the end of a job that was submitted here. The first SIGINT or SIGTERM asks for its end, the
    // second ends the process at once (130). The job when it succeeded; otherwise why it did not, or
    // unavailable where PostgreSQL has been away for a minute.
    awaitable<result<jobs::job>> follow(jobs::job started);
    // Before it is destroyed.
    awaitable<void> stop() { co_await scheduler_.stop(); }

  private:
    engine& engine_;
    jobs::scheduler scheduler_;
};

// Submits by `start`, audited as `what`, and follows. `start` gets the scheduler, perhaps twice.
awaitable<result<jobs::job>> run_job(engine& e, audit::entry what, job_start start);

}  // namespace vanna::cli
