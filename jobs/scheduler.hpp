// Runs background jobs: one coroutine each on the control thread (which serves no request), with a row in
// `jobs`, a heartbeat, progress, cancellation, and exclusion in the whole cluster by advisory locks. Used by
// the admin API and init.
#pragma once
#include <boost/json.hpp>
#include <functional>

#include "core/async/task_group.hpp"
#include "core/jobs/job.hpp"
#include "core/sql/target.hpp"

namespace vanna::jobs {

// What a running job says and asks. Valid until its body returns; control thread only.
class progress {
  public:
    virtual ~progress() = default;
    // Shown in the job's row within a second.
    virtual void at(std::string stage, int percent) = 0;
    // True once somebody asked for the end, or the process stops: return cancelled at the next clean point.
    virtual bool cancelled() const = 0;
    // For blocking parts on a pool.
    virtual std::shared_ptr<sql::stop_flag> stop() const = 0;
    // conflict: the cluster-wide lock was lost; called before each publishing step.
    virtual awaitable<result<void>> still_alone() = 0;
};

using body = std::function<awaitable<result<boost::json::value>>(progress&)>;

class scheduler {
  public:
    // `owner` names this process in the rows. All stores belong to the control thread. `seen` is told on it
    // of each job that starts to run and of each that has ended (finished_at is set then).
    scheduler(asio::any_io_executor control, store& rows, lock_store& locks, uuid owner,
              std::function<void(job const&)> seen = {});
    ~scheduler();

    // Writes the row and starts the job; any thread. conflict, with Location: one of this type is queued or
    // running.
    awaitable<result<job>> submit(std::string type, std::string requested_by, body what);
    // not_found: this process does not run it. Any thread.
    awaitable<result<void>> cancel(uuid id);
    // Marks jobs of dead processes as failed, once a heartbeat interval; ends with the group.
    void start();
    // Cancels what runs and waits for it. On the control thread.
    awaitable<void> stop();

  private:
    struct run;
    awaitable<result<job>> add(std::string type, std::string requested_by, body what);
    // conflict, with Location: one of this type is queued or running somewhere.
    awaitable<result<void>> refuse_second(std::string type);
    awaitable<void> execute(std::shared_ptr<run> r);
    awaitable<void> attempt(run& r, std::unique_ptr<lock> held);
    awaitable<void> save(run& r);
    awaitable<void> heartbeat(std::shared_ptr<run> r);
    awaitable<void> look_for_orphans();

    asio::any_io_executor control_;
    store& rows_;
    lock_store& locks_;
    uuid owner_;
    std::function<void(job const&)> seen_;
    task_group group_;
    std::unordered_map<uuid, std::shared_ptr<run>> running_;
    bool stopping_ = false;
};

}  // namespace vanna::jobs
