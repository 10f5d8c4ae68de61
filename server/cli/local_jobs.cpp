#include "server/cli/local_jobs.hpp"

#include <csignal>

#include "server/cli/output.hpp"

namespace vanna::cli {
namespace {

constexpr auto look_interval = std::chrono::milliseconds(250);
constexpr auto row_limit = std::chrono::seconds(10);

}  // namespace

local_jobs::local_jobs(engine& e)
    : engine_(e), scheduler_(e.executor(), *e.stores().job_rows, *e.stores().locks, e.shared().id) {}

awaitable<result<jobs::job>> local_jobs::follow(jobs::job started) {
    progress_line line(started.type);
    asio::signal_set signals(engine_.executor(), SIGINT, SIGTERM);
    bool asked = false;
    signals.async_wait([&asked](boost::system::error_code failed, int) { asked = !failed; });
    asio::steady_timer timer(engine_.executor());
    for (bool told = false;;) {
        auto const seen = co_await engine_.stores().job_rows->get(started.id, after(row_limit));
        if (seen && seen->finished_at) {
            line.clear();
            if (seen->state == jobs::state::succeeded) co_return *seen;
            bool const cancelled = seen->state == jobs::state::cancelled;
            co_return error{cancelled ? errc::cancelled : errc::unavailable,
                            public_text{seen->error.empty() ? "the job was cancelled" : seen->error}};
        }
        if (seen) line.at(seen->stage, seen->progress);
        if (asked && !std::exchange(told, true)) (void)co_await scheduler_.cancel(started.id);
        timer.expires_after(look_interval);
        co_await timer.async_wait(asio::use_awaitable);
    }
}

awaitable<result<jobs::job>> run_job(engine& e, audit::entry what,
                                     std::function<awaitable<result<jobs::job>>(jobs::scheduler&)> start) {
    local_jobs jobs(e);
    jobs.scheduler().start();  // a row left by a process that died must not stand in the way
    auto done = co_await audited<jobs::job>(e, std::move(what), [&]() -> awaitable<result<jobs::job>> {
        auto const started = co_await start(jobs.scheduler());
        if (!started) co_return started.error();
        co_return co_await jobs.follow(*started);
    });
    co_await jobs.stop();
    co_return done;
}

}  // namespace vanna::cli
