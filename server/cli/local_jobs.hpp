// Jobs that a command runs itself, by the same code as a server: with a row, a heartbeat and the cluster's
// locks, so that servers see them and they see the servers'. Progress is shown on a terminal.
#pragma once
#include "jobs/scheduler.hpp"
#include "server/cli/engine.hpp"

namespace vanna::cli {

class local_jobs {
  public:
    // The engine is connected and outlives it.
    explicit local_jobs(engine& e);

    jobs::scheduler& scheduler() { return scheduler_; }
    // Waits for the end of a job that was submitted here; SIGINT and SIGTERM ask for it. The job when it
    // succeeded; otherwise its error: cancelled, or unavailable.
    awaitable<result<jobs::job>> follow(jobs::job started);
    // Before it is destroyed.
    awaitable<void> stop() { co_await scheduler_.stop(); }

  private:
    engine& engine_;
    jobs::scheduler scheduler_;
};

// Submits by `start`, audited as `action` on `resource`, and follows. `start` gets the scheduler.
awaitable<result<jobs::job>> run_job(engine& e, audit::entry what,
                                     std::function<awaitable<result<jobs::job>>(jobs::scheduler&)> start);

}  // namespace vanna::cli
