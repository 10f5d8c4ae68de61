// Runs background jobs: one coroutine each on the control thread (which serves no request), with a row in
// `jobs`, a heartbeat, progress, cancellation, a deadline, and exclusion in the whole cluster by advisory
// locks. Used by the admin API and the command line.
#pragma once
#include <boost/json.hpp>
#include <deque>
#include <functional>

#include "core/async/task_group.hpp"
#include "core/jobs/job.hpp"
#include "core/jobs/lock.hpp"
#include "core/sql/target.hpp"

namespace vanna::jobs {

// What a running job says and asks. Valid until its body returns; control thread only.
class progress {
  public:
    virtual ~progress() = default;
    // Shown in the job's row within a second.
    virtual void at(std::string stage, int percent) = 0;
    // True once somebody asked for the end, its time is over or the process stops: return cancelled at the
    // next clean point.
    virtual bool cancelled() const = 0;
    // For blocking parts on a pool.
    virtual std::shared_ptr<sql::stop_flag> stop() const = 0;
    // Until when the job may run.
    virtual deadline limit() const = 0;
    // Of its row.
    virtual uuid id() const = 0;
    // conflict: a cluster-wide lock was lost; called before each publishing step.
    virtual awaitable<result<void>> still_alone() = 0;
};

using body = std::function<awaitable<result<boost::json::value>>(progress&)>;

struct job_request {
    std::string type, requested_by;
    std::string subject = {};
    // From its start, time in the queue not counted; past it the stop flag is raised and the job has failed.
    std::chrono::seconds time_allowed = std::chrono::hours(6);
};

// A process whose job has shown no sign of life for so long counts as dead; one that lives shows several.
constexpr auto orphaned_after = std::chrono::seconds(10);

class scheduler {
  public:
    // `owner` names this process in the rows. All stores belong to the control thread. `seen` is told on it
    // of each job that starts to run and of each that has ended (finished_at is set then).
    scheduler(asio::any_io_executor control, store& rows, lock_store& locks, uuid owner,
              std::function<void(job const&)> seen = {});
    ~scheduler();

    // Writes the row and starts the job; any thread. conflict, with Location: one of this type is queued or
    // running.
    awaitable<result<job>> submit(job_request what, body work);
    // Whichever process runs it: another learns of it within about a second. not_found: there is no such job.
    // conflict: it has ended. Any thread.
    awaitable<result<void>> cancel(uuid id);
    // Marks jobs of dead processes as failed, now and every few seconds; ends with the group.
    void start();
    // Calls `fire` at each due time of `cron`, once in the whole cluster; what it submits has requested_by
    // "schedule". `may_fire` is asked before: false leaves the due time to another process. Nothing for an
    // empty `cron`. On the control thread.
    void every(std::string name, std::string cron, std::function<awaitable<void>()> fire,
               std::function<awaitable<bool>()> may_fire = {});
    // Why a job that ran here did not succeed, though its row could not be written; of the last few. Nothing:
    // it succeeded, goes on, or did not run here. On the control thread.
    std::optional<error> failure_of(uuid id) const;
    // Cancels what runs and waits for it. On the control thread.
    awaitable<void> stop();

  private:
    struct run;
    awaitable<result<job>> add(job_request what, body work);
    // conflict, with Location: one of this type is queued or running somewhere. Those of dead processes are
    // marked first.
    awaitable<result<void>> refuse_second(std::string type);
    awaitable<void> execute(std::shared_ptr<run> r);
    awaitable<result<void>> take_locks(run& r);
    awaitable<void> attempt(run& r);
    // True: the row is as it shall be, or gone for good.
    awaitable<bool> save(run& r);
    awaitable<void> save_end(run& r);
    awaitable<void> heartbeat(std::shared_ptr<run> r);
    awaitable<result<void>> mark_orphans();
    awaitable<void> look_for_orphans();

    asio::any_io_executor control_;
    store& rows_;
    lock_store& locks_;
    uuid owner_;
    std::function<void(job const&)> seen_;
    task_group group_;
    std::unordered_map<uuid, std::shared_ptr<run>> running_;
    std::deque<std::pair<uuid, error>> failures_;  // newest last
    bool stopping_ = false;
};

}  // namespace vanna::jobs
