#include "jobs/scheduler.hpp"

#include "core/async/pause.hpp"
#include "core/log.hpp"
#include "jobs/exclusion.hpp"
#include "jobs/schedule.hpp"

namespace vanna::jobs {
namespace {

constexpr auto heartbeat_interval = std::chrono::seconds(1);  // also how soon another's cancel is noticed
constexpr auto orphans_looked_for = std::chrono::seconds(5);
constexpr auto row_limit = std::chrono::seconds(10);
constexpr auto lock_poll = std::chrono::milliseconds(500);
constexpr auto change_poll = std::chrono::milliseconds(500);
constexpr auto end_retry = std::chrono::seconds(1);
constexpr std::size_t most_failures = 16;

}  // namespace

struct scheduler::run : progress {
    jobs::job job;
    jobs::body work;
    std::chrono::seconds time_allowed{};
    deadline until = deadline::max();
    std::shared_ptr<sql::stop_flag> flag = std::make_shared<sql::stop_flag>();
    std::vector<std::unique_ptr<lock>> held;
    bool dirty = false, finished = false, saving = false;
    bool disowned = false;      // taken for dead by another process, though it goes on
    std::string stopped_while;  // what it was at when it was asked to end
    std::optional<error> failure;

    void at(std::string stage, int percent) override {
        percent = std::clamp(percent, 0, 100);
        dirty = dirty || stage != job.stage || percent != job.progress;
        job.stage = std::move(stage);
        job.progress = percent;
    }
    bool cancelled() const override { return flag->why() != sql::stop_reason::none; }
    std::shared_ptr<sql::stop_flag> stop() const override { return flag; }
    deadline limit() const override { return until; }
    uuid id() const override { return job.id; }
    awaitable<result<void>> still_alone() override {
        for (auto const& each : held)
            if (auto ok = co_await each->still_held(after(row_limit)); !ok) co_return ok.error();
        co_return result<void>{};
    }

    void ask_to_end(sql::stop_reason why) {
        if (!cancelled()) stopped_while = job.stage;
        flag->request(why);
    }
    void fail(error why) {
        job.state = why.code == errc::cancelled ? state::cancelled : state::failed;
        job.error = why.message;
        failure = std::move(why);
    }
    void conclude(result<boost::json::value> const& outcome);
};

void scheduler::run::conclude(result<boost::json::value> const& outcome) {
    if (outcome) {
        job.state = state::succeeded;
        job.result = boost::json::serialize(*outcome);
        return at("done", 100);
    }
    auto e = outcome.error();
    log::warn("job failed",
              {{"job", to_string(job.id)}, {"type", job.type}, {"error", e.message}, {"detail", e.detail}});
    if (flag->why() == sql::stop_reason::out_of_time)
        return fail({errc::deadline_exceeded,
                     public_text{"it took longer than the " + std::to_string(time_allowed.count()) +
                                 " s it may and was stopped while " + stopped_while}});
    if (e.code == errc::cancelled && flag->why() == sql::stop_reason::shutdown)
        e.message = "the process that ran it was stopped while " + stopped_while;
    fail(std::move(e));
}

scheduler::scheduler(asio::any_io_executor control, store& rows, lock_store& locks, uuid owner,
                     std::function<void(job const&)> seen)
    : control_(control),
      rows_(rows),
      locks_(locks),
      owner_(owner),
      seen_(seen ? std::move(seen) : [](job const&) {}),
      group_(control) {}

scheduler::~scheduler() = default;

awaitable<result<job>> scheduler::submit(job_request what, body work) {
    co_return co_await asio::co_spawn(control_, add(std::move(what), std::move(work)), asio::use_awaitable);
}

awaitable<result<job>> scheduler::add(job_request what, body work) {
    if (stopping_)
        co_return error{errc::unavailable, public_text{"the server is stopping; no job was started"}};
    if (auto busy = co_await refuse_second(what.type); !busy) co_return busy.error();
    auto r = std::make_shared<run>();
    r->job.type = std::move(what.type);
    r->job.requested_by = std::move(what.requested_by);
    r->job.subject = std::move(what.subject);
    r->job.owner = owner_;
    r->job.stage = "queued";
    r->time_allowed = what.time_allowed;
    r->work = std::move(work);
    if (auto ok = co_await rows_.add(r->job, after(row_limit)); !ok) {
        // Another replica was faster: the row that is there now says where to follow.
        if (ok.error().code == errc::conflict)
            if (auto busy = co_await refuse_second(r->job.type); !busy) co_return busy.error();
        co_return ok.error();
    }
    if (stopping_) {  // since it was asked for
        r->job.state = state::cancelled;
        r->job.error = "the server stopped before it began";
        r->job.finished_at = now();
        co_await save(*r);
        co_return error{errc::unavailable, public_text{"the server is stopping; no job was started"}};
    }
    running_.emplace(r->job.id, r);
    group_.spawn("job", [this, r] { return execute(r); });
    group_.spawn("job heartbeat", [this, r] { return heartbeat(r); });
    co_return r->job;
}

awaitable<result<void>> scheduler::refuse_second(std::string type) {
    if (auto marked = co_await mark_orphans(); !marked) co_return marked.error();
    auto const busy = co_await rows_.running_of(type, after(row_limit));
    if (!busy) co_return busy.error();
    if (!*busy) co_return result<void>{};
    error e{errc::conflict,
            public_text{"a job of type " + type + " is " + std::string(to_string((*busy)->state)) +
                        " already; follow it, or cancel it first"}};
    e.location = "/api/v1/admin/db/jobs/" + to_string((*busy)->id);
    co_return e;
}

awaitable<void> scheduler::execute(std::shared_ptr<run> r) {
    if (auto ready = co_await take_locks(*r); ready)
        co_await attempt(*r);
    else
        r->fail(ready.error());
    r->held.clear();
    if (r->failure) failures_.emplace_back(r->job.id, *r->failure);
    if (failures_.size() > most_failures) failures_.pop_front();
    r->finished = true;
    r->job.finished_at = now();
    seen_(r->job);
    co_await save_end(*r);
    log::info("job ended", {{"job", to_string(r->job.id)},
                            {"type", r->job.type},
                            {"state", to_string(r->job.state)},
                            {"error", r->job.error}});
    running_.erase(r->job.id);
}

awaitable<result<void>> scheduler::take_locks(run& r) {
    for (auto const& needed : locks_of(r.job.type)) {
        for (;;) {
            if (r.cancelled())
                co_return error{errc::cancelled, public_text{"it was stopped before it began"}};
            auto tried = co_await locks_.try_lock(std::string(needed.name), needed.mode, after(row_limit));
            if (tried) {
                r.held.push_back(std::move(*tried));
                break;
            }
            if (tried.error().code != errc::conflict) co_return tried.error();
            co_await pause_for(lock_poll);
        }
    }
    co_return result<void>{};
}

awaitable<void> scheduler::attempt(run& r) {
    r.job.state = state::running;
    r.job.started_at = now();
    r.until = after(r.time_allowed);
    seen_(r.job);
    r.at("starting", 0);
    co_await save(r);
    try {
        r.conclude(co_await r.work(r));
    } catch (std::exception const& e) {
        r.fail({errc::internal, public_text{"an internal error ended the job; the log has more"}});
        log::error("job threw", {{"job", to_string(r.job.id)}, {"type", r.job.type}, {"error", e.what()}});
    }
}

awaitable<bool> scheduler::save(run& r) {
    // One at a time: a late heartbeat must not overwrite the end.
    while (r.saving)
        co_await pause_for(std::chrono::milliseconds(10));
    r.dirty = false;
    r.saving = true;
    auto const done = co_await rows_.save(r.job, after(row_limit));
    r.saving = false;
    if (done) {
        r.job.revision = done->revision;
        if (done->cancel_requested) r.ask_to_end(sql::stop_reason::requested);
        co_return true;
    }
    log::warn("job row not saved", {{"job", to_string(r.job.id)}, {"error", done.error().message}});
    r.disowned = done.error().code == errc::conflict;
    r.dirty = true;
    co_return done.error().code == errc::not_found;
}

// PostgreSQL may be away just now; until the process stops the end is not given up.
awaitable<void> scheduler::save_end(run& r) {
    while (!co_await save(r))
        co_await pause_for(end_retry);
}

awaitable<void> scheduler::heartbeat(std::shared_ptr<run> r) {
    auto last = std::chrono::steady_clock::now();
    while (!r->finished) {
        co_await pause_for(change_poll);
        auto const time = std::chrono::steady_clock::now();
        if (time >= r->until) r->ask_to_end(sql::stop_reason::out_of_time);
        if (r->finished || r->disowned || (!r->dirty && time - last < heartbeat_interval)) continue;
        last = time;
        co_await save(*r);
    }
}

awaitable<result<void>> scheduler::cancel(uuid id) {
    co_return co_await asio::co_spawn(
        control_,
        [this, id]() -> awaitable<result<void>> {
            auto const found = running_.find(id);
            if (found == running_.end()) co_return co_await rows_.request_cancel(id, after(row_limit));
            found->second->ask_to_end(sql::stop_reason::requested);
            co_return result<void>{};
        },
        asio::use_awaitable);
}

void scheduler::start() {
    group_.spawn("orphaned jobs", [this] { return look_for_orphans(); });
}

void scheduler::every(std::string name, std::string cron, std::function<awaitable<void>()> fire,
                      std::function<awaitable<bool>()> may_fire) {
    if (cron.empty()) return;
    std::string problem;
    auto when = config::cron::parse(cron, problem);
    if (!when)
        return log::error("schedule not kept", {{"schedule", name}, {"cron", cron}, {"problem", problem}});
    schedule made{
        .name = std::move(name), .when = *when, .fire = std::move(fire), .may_fire = std::move(may_fire)};
    group_.spawn("schedule",
                 [this, made = std::move(made)]() mutable { return keep(std::move(made), rows_); });
}

std::optional<error> scheduler::failure_of(uuid id) const {
    for (auto const& [job, why] : failures_)
        if (job == id) return why;
    return {};
}

awaitable<result<void>> scheduler::mark_orphans() {
    auto const failed = co_await rows_.fail_orphans(orphaned_after, after(row_limit));
    if (!failed) co_return failed.error();
    if (*failed > 0) log::warn("jobs of dead processes marked failed", {{"count", *failed}});
    co_return result<void>{};
}

awaitable<void> scheduler::look_for_orphans() {
    while (!stopping_) {
        (void)co_await mark_orphans();
        co_await pause_for(orphans_looked_for);
    }
}

awaitable<void> scheduler::stop() {
    stopping_ = true;
    for (auto& [id, r] : running_)
        r->ask_to_end(sql::stop_reason::shutdown);
    auto const patience = after(std::chrono::seconds(10));
    while (!running_.empty() && std::chrono::steady_clock::now() < patience)
        co_await pause_for(std::chrono::milliseconds(20));
    group_.cancel();
    co_await group_.wait();
}

}  // namespace vanna::jobs
