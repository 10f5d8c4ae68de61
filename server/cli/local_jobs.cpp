#include "server/cli/local_jobs.hpp"

#include <unistd.h>

#include <csignal>
#include <cstdio>

#include "core/async/pause.hpp"
#include "server/cli/output.hpp"

namespace vanna::cli {
namespace {

constexpr auto look_interval = std::chrono::milliseconds(250);
constexpr auto row_limit = std::chrono::seconds(10);
constexpr auto most_absence = std::chrono::minutes(1);
constexpr int interrupted_twice = 130;  // as shells say it of SIGINT

// Ctrl-C once: asks. Twice: nobody waits any longer. What waits for signals may outlive the object by a
// moment, so it holds the state itself.
class interruption {
  public:
    explicit interruption(asio::any_io_executor on) : state_(std::make_shared<state>(on)) { watch(state_); }
    ~interruption() { state_->signals.cancel(); }
    interruption(interruption const&) = delete;
    bool asked() const { return state_->asked; }

  private:
    struct state {
        explicit state(asio::any_io_executor on) : signals(on, SIGINT, SIGTERM) {}
        asio::signal_set signals;
        bool asked = false;
    };
    static void watch(std::shared_ptr<state> const& s) {
        s->signals.async_wait([s](boost::system::error_code failed, int) {
            if (failed) return;
            if (std::exchange(s->asked, true)) {
                std::fputs("\nerror: ended without waiting for the job; within seconds it counts as failed\n",
                           stderr);
                ::_exit(interrupted_twice);
            }
            watch(s);
        });
    }
    std::shared_ptr<state> state_;
};

std::optional<uuid> job_at(std::string const& location) {
    return parse_uuid(std::string_view(location).substr(location.rfind('/') + 1));
}

error why_it_ended(jobs::job const& ended, std::optional<error> known) {
    bool const cancelled = ended.state == jobs::state::cancelled;
    auto out = known.value_or(error{cancelled ? errc::cancelled : errc::unavailable, public_text{}});
    out.message = !ended.error.empty() ? ended.error : cancelled ? "the job was cancelled" : "the job failed";
    return out;
}

error not_known(uuid job) {
    return error{errc::unavailable,
                 public_text{"PostgreSQL has been away for a minute, so what became of the job is not known; "
                             "once it is back see GET /api/v1/admin/db/jobs/" +
                             to_string(job) + ", or run the command again"}};
}

}  // namespace

local_jobs::local_jobs(engine& e)
    : engine_(e), scheduler_(e.executor(), *e.stores().job_rows, *e.stores().locks, e.shared().id) {}

awaitable<result<jobs::job>> local_jobs::begin(job_start start) {
    auto started = co_await start(scheduler_);
    auto const other = started ? std::nullopt : job_at(started.error().location);
    if (!other) co_return started;
    auto& rows = *engine_.stores().job_rows;
    auto const first = co_await rows.get(*other, after(row_limit));
    if (!first) co_return started;
    // Whatever lives gives a sign of it before it would count as dead.
    for (auto const until = after(jobs::orphaned_after + std::chrono::seconds(1));
         std::chrono::steady_clock::now() < until;) {
        co_await pause_for(look_interval);
        (void)co_await rows.fail_orphans(jobs::orphaned_after, after(row_limit));
        auto const seen = co_await rows.get(*other, after(row_limit));
        if (!seen || seen->finished_at) break;
        if (seen->heartbeat != first->heartbeat) co_return started;
    }
    co_return co_await start(scheduler_);
}

awaitable<result<jobs::job>> local_jobs::follow(jobs::job started) {
    progress_line line(started.type);
    interruption const signals(engine_.executor());
    auto last_seen = std::chrono::steady_clock::now();
    for (bool told = false;;) {
        auto const seen = co_await engine_.stores().job_rows->get(started.id, after(row_limit));
        auto const time = std::chrono::steady_clock::now();
        if (seen) last_seen = time;
        if (seen && seen->finished_at) {
            line.clear();
            if (seen->state == jobs::state::succeeded) co_return *seen;
            co_return why_it_ended(*seen, scheduler_.failure_of(started.id));
        }
        if (time - last_seen >= most_absence) co_return not_known(started.id);
        if (seen) line.at(seen->stage, seen->progress);
        if (signals.asked() && !std::exchange(told, true)) (void)co_await scheduler_.cancel(started.id);
        co_await pause_for(look_interval);
    }
}

awaitable<result<jobs::job>> run_job(engine& e, audit::entry what, job_start start) {
    local_jobs jobs(e);
    auto done = co_await audited<jobs::job>(e, std::move(what), [&]() -> awaitable<result<jobs::job>> {
        auto const started = co_await jobs.begin(start);
        if (!started) co_return started.error();
        co_return co_await jobs.follow(*started);
    });
    co_await jobs.stop();
    co_return done;
}

}  // namespace vanna::cli
