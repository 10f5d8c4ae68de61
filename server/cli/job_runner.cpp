#include "server/cli/job_runner.hpp"

#include <csignal>

#include "server/cli/output.hpp"

namespace vanna::cli {
namespace {

using outcome = result<boost::json::value>;

// Tells the terminal what it tells the job's row.
class shown_progress final : public jobs::progress {
  public:
    shown_progress(jobs::progress& row, progress_line& line) : row_(row), line_(line) {}
    void at(std::string stage, int percent) override {
        line_.at(stage, percent);
        row_.at(std::move(stage), percent);
    }
    bool cancelled() const override { return row_.cancelled(); }
    std::shared_ptr<sql::stop_flag> stop() const override { return row_.stop(); }
    deadline limit() const override { return row_.limit(); }
    uuid id() const override { return row_.id(); }
    awaitable<result<void>> still_alone() override { return row_.still_alone(); }

  private:
    jobs::progress& row_;
    progress_line& line_;
};

outcome outcome_of(jobs::job const& ended, std::optional<outcome> const& said) {
    if (ended.state == jobs::state::succeeded && said) return *said;
    if (said && !*said && said->error().message == ended.error) return said->error();
    auto const code = ended.state == jobs::state::cancelled ? errc::cancelled : errc::unavailable;
    return error{code, public_text{ended.error.empty() ? "the job did not succeed" : ended.error}};
}

}  // namespace

awaitable<outcome> run_job(engine& e, jobs::job_request what, jobs::body work, std::string shown) {
    progress_line line(std::move(shown));
    line.at("waiting for other jobs", 0);
    std::optional<outcome> said;
    std::optional<jobs::job> ended;
    asio::steady_timer end(e.executor(), asio::steady_timer::time_point::max());
    jobs::scheduler scheduler(e.executor(), *e.stores().job_rows, *e.stores().locks, e.shared().id,
                              [&](jobs::job const& j) {
                                  if (!j.finished_at) return;
                                  ended = j;
                                  end.cancel();
                              });
    scheduler.start();  // a row left by a process that died must not stand in the way
    auto watched = [&](jobs::progress& p) -> awaitable<outcome> {
        shown_progress both(p, line);
        said = co_await work(both);
        co_return *said;
    };
    auto const started = co_await scheduler.submit(std::move(what), std::move(watched));
    task_group signals(e.executor());
    if (started)
        signals.spawn("signals", [&]() -> awaitable<void> {
            asio::signal_set told(e.executor(), SIGINT, SIGTERM);
            (void)co_await told.async_wait(asio::use_awaitable);
            (void)co_await scheduler.cancel(started->id);
        });
    while (started && !ended)
        co_await end.async_wait(asio::as_tuple(asio::use_awaitable));
    signals.cancel();
    co_await signals.wait();
    co_await scheduler.stop();
    line.clear();
    if (!started) co_return started.error();
    co_return outcome_of(*ended, said);
}

}  // namespace vanna::cli
