// The stores for one command: an io_context of its own, PostgreSQL, and who is acting: the admin `cli:<os
// user>`.
#pragma once
#include "core/audit/administrative.hpp"
#include "core/auth/principal.hpp"
#include "server/app/process.hpp"
#include "server/app/stores.hpp"

namespace vanna::cli {

class engine {
  public:
    explicit engine(config::loaded loaded);
    ~engine();

    // Runs `body` (engine& -> awaitable<int>) to its end and gives its exit code; 70 when it throws.
    int run(std::function<awaitable<int>(engine&)> body);

    // Reaches the System DB; the first call alone does something. Commands that use stores() call it first.
    awaitable<result<void>> connect();

    // Keeps others out of init until this command ends; waits for them up to `limit`.
    awaitable<result<void>> take_turn(deadline limit);

    // The lock "jobs" of the whole cluster, which the servers' jobs hold too: waits for it up to a minute.
    // conflict: says which lock another holds.
    awaitable<result<std::unique_ptr<jobs::lock>>> take_jobs_lock();

    // conflict (exit code 75) while maintenance keeps writers away. Commands that change something call it
    // once they are connected.
    awaitable<result<void>> may_write();

    app::process& shared() { return shared_; }
    app::stores& stores() { return stores_; }
    config::settings const& settings() const { return *settings_; }
    asio::any_io_executor executor() { return context_.get_executor(); }
    auth::principal actor() const;
    // An audit entry by the actor.
    audit::entry entry(std::string action, std::string resource, boost::json::value changes = nullptr) const;

    // Commits an entry: of a read before its answer is shown.
    awaitable<result<void>> note(audit::entry what);

  private:
    awaitable<result<std::unique_ptr<jobs::lock>>> take_lock(std::string name, deadline limit);

    asio::io_context context_{1};
    app::process shared_;
    std::shared_ptr<config::settings const> settings_;
    app::stores stores_;
    bool connected_ = false;
    std::unique_ptr<jobs::lock> turn_;
};

// What an administrator changes, as the API does it: `attempt` is committed before the act, its outcome
// after. Where the act failed, that is the answer, though its outcome could not be audited.
template <class T>
awaitable<result<T>> audited(engine& e, audit::entry attempt, std::function<awaitable<result<T>>()> act) {
    attempt.status = "attempt";
    if (auto ok = co_await e.note(attempt); !ok) co_return ok.error();
    auto done = co_await act();
    auto const ended = audit::outcome_of(attempt, done ? std::nullopt : std::optional(done.error().code));
    if (auto ok = co_await e.note(ended); !ok && done) co_return ok.error();
    co_return done;
}

}  // namespace vanna::cli
