#include "jobs/scheduler.hpp"

#include "core/log.hpp"

namespace vanna::jobs {
namespace {

constexpr auto heartbeat_interval = std::chrono::seconds(2);
constexpr auto orphaned_after = std::chrono::seconds(15);
constexpr auto row_limit = std::chrono::seconds(10);
constexpr auto lock_poll = std::chrono::milliseconds(500);

awaitable<void> pause(std::chrono::milliseconds d) {
    asio::steady_timer timer(co_await asio::this_coro::executor, d);
    co_await timer.async_wait(asio::use_awaitable);
}

}  // namespace

struct scheduler::run : progress {
    jobs::job job;
    jobs::body what;
    std::shared_ptr<sql::stop_flag> flag = std::make_shared<sql::stop_flag>();
    lock* held = nullptr;
    bool dirty = false, finished = false, saving = false;

    void at(std::string stage, int percent) override {
        job.stage = std::move(stage);
        job.progress = std::clamp(percent, 0, 100);
        dirty = true;
    }
    bool cancelled() const override { return flag->why() != sql::stop_reason::none; }
    std::shared_ptr<sql::stop_flag> stop() const override { return flag; }
    awaitable<result<void>> still_alone() override { co_return co_await held->still_held(after(row_limit)); }
};

scheduler::scheduler(asio::any_io_executor control, store& rows, lock_store& locks, uuid owner,
                     std::function<void(job const&)> seen)
    : control_(control),
      rows_(rows),
      locks_(locks),
      owner_(owner),
      seen_(seen ? std::move(seen) : [](job const&) {}),
      group_(control) {}

scheduler::~scheduler() = default;

awaitable<result<job>> scheduler::submit(std::string type, std::string requested_by, body what) {
    co_return co_await asio::co_spawn(
        control_, add(std::move(type), std::move(requested_by), std::move(what)), asio::use_awaitable);
}

awaitable<result<job>> scheduler::add(std::string type, std::string requested_by, body what) {
    if (stopping_)
        co_return error{errc::unavailable, public_text{"the server is stopping; no job was started"}};
    if (auto busy = co_await refuse_second(type); !busy) co_return busy.error();
    auto r = std::make_shared<run>();
    r->job.type = std::move(type);
    r->job.requested_by = std::move(requested_by);
    r->job.owner = owner_;
    r->job.stage = "queued";
    r->what = std::move(what);
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
    std::unique_ptr<lock> held;
    while (!held && !r->cancelled()) {
        auto tried = co_await locks_.try_lock("jobs", after(row_limit));
        if (tried) {
            held = std::move(*tried);
        } else if (tried.error().code == errc::conflict) {
            co_await pause(lock_poll);
        } else {
            r->job.state = state::failed;
            r->job.error = tried.error().message;
            break;
        }
    }
    if (held)
        co_await attempt(*r, std::move(held));
    else if (r->job.state == state::queued)
        r->job.state = state::cancelled;
    r->finished = true;
    r->job.finished_at = now();
    seen_(r->job);
    co_await save(*r);
    log::info("job ended", {{"job", to_string(r->job.id)},
                            {"type", r->job.type},
                            {"state", to_string(r->job.state)},
                            {"error", r->job.error}});
    running_.erase(r->job.id);
}

awaitable<void> scheduler::attempt(run& r, std::unique_ptr<lock> held) {
    r.held = held.get();
    r.job.state = state::running;
    r.job.started_at = now();
    seen_(r.job);
    r.at("starting", 0);
    co_await save(r);
    std::exception_ptr failure;
    try {
        auto outcome = co_await r.what(r);
        if (outcome) {
            r.job.state = state::succeeded;
            r.job.result = boost::json::serialize(*outcome);
            r.at("done", 100);
        } else {
            r.job.state = outcome.error().code == errc::cancelled ? state::cancelled : state::failed;
            r.job.error = outcome.error().message;
            log::warn("job failed", {{"job", to_string(r.job.id)},
                                     {"type", r.job.type},
                                     {"error", outcome.error().message},
                                     {"detail", outcome.error().detail}});
        }
    } catch (std::exception const& e) {
        r.job.state = state::failed;
        r.job.error = "an internal error ended the job; the log has more";
        log::error("job threw", {{"job", to_string(r.job.id)}, {"type", r.job.type}, {"error", e.what()}});
    }
    r.held = nullptr;
}

awaitable<void> scheduler::save(run& r) {
    // One at a time: a late heartbeat must not overwrite the end.
    while (r.saving)
        co_await pause(std::chrono::milliseconds(10));
    r.dirty = false;
    r.saving = true;
    auto const ok = co_await rows_.save(r.job, after(row_limit));
    r.saving = false;
    if (!ok) log::warn("job row not saved", {{"job", to_string(r.job.id)}, {"error", ok.error().message}});
}

awaitable<void> scheduler::heartbeat(std::shared_ptr<run> r) {
    auto last = std::chrono::steady_clock::now();
    while (!r->finished) {
        co_await pause(lock_poll);
        auto const due = std::chrono::steady_clock::now() - last >= heartbeat_interval;
        if (r->finished || (!r->dirty && !due)) continue;
        last = std::chrono::steady_clock::now();
        co_await save(*r);
    }
}

awaitable<result<void>> scheduler::cancel(uuid id) {
    co_return co_await asio::co_spawn(
        control_,
        [this, id]() -> awaitable<result<void>> {
            auto const found = running_.find(id);
            if (found == running_.end())
                co_return error{errc::not_found,
                                public_text{"no job " + to_string(id) + " runs on this server"}};
            found->second->flag->request(sql::stop_reason::requested);
            co_return result<void>{};
        },
        asio::use_awaitable);
}

void scheduler::start() {
    group_.spawn("orphaned jobs", [this] { return look_for_orphans(); });
}

awaitable<void> scheduler::look_for_orphans() {
    while (!stopping_) {
        auto const failed = co_await rows_.fail_orphans(orphaned_after, after(row_limit));
        if (failed && *failed > 0) log::warn("jobs of dead processes marked failed", {{"count", *failed}});
        co_await pause(orphaned_after);
    }
}

awaitable<void> scheduler::stop() {
    stopping_ = true;
    for (auto& [id, r] : running_)
        r->flag->request(sql::stop_reason::shutdown);
    auto const patience = after(std::chrono::seconds(10));
    while (!running_.empty() && std::chrono::steady_clock::now() < patience)
        co_await pause(std::chrono::milliseconds(20));
    group_.cancel();
    co_await group_.wait();
}

}  // namespace vanna::jobs
