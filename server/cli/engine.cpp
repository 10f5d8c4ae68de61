#include "server/cli/engine.hpp"

#include <pwd.h>
#include <sysexits.h>
#include <unistd.h>

#include <cstdio>

namespace vanna::cli {
namespace {

constexpr auto jobs_patience = std::chrono::minutes(1);

std::string os_user() {
    passwd entry{}, *found = nullptr;
    char buffer[4096];
    if (getpwuid_r(geteuid(), &entry, buffer, sizeof buffer, &found) == 0 && found) return found->pw_name;
    return std::to_string(geteuid());
}

}  // namespace

engine::engine(config::loaded loaded)
    : shared_(std::move(loaded), false),
      settings_(shared_.settings.get()),
      stores_(context_.get_executor(), shared_.system_db, {.connections = 1, .sessions = 4}, *settings_) {}

engine::~engine() {
    shared_.join_pools();
}

int engine::run(std::function<awaitable<int>(engine&)> body) {
    int status = EX_SOFTWARE;
    asio::co_spawn(
        context_,
        [&]() -> awaitable<void> {
            status = co_await body(*this);
            turn_.reset();
            if (connected_) co_await stores_.pool.close();
        },
        [&](std::exception_ptr failure) {
            try {
                if (failure) std::rethrow_exception(failure);
            } catch (std::exception const& e) {
                std::fprintf(stderr, "vanna-engine: %s\n", e.what());
                context_.stop();
            }
        });
    context_.run();
    return status;
}

awaitable<result<void>> engine::connect() {
    if (std::exchange(connected_, true)) co_return result<void>{};
    co_return co_await stores_.pool.open(after(std::chrono::seconds(10)));
}

awaitable<result<std::unique_ptr<jobs::lock>>> engine::take_lock(std::string name, deadline limit) {
    asio::steady_timer timer(context_);
    for (;;) {
        auto taken = co_await stores_.locks->try_lock(name, jobs::lock_mode::exclusive, limit);
        if (taken || taken.error().code != errc::conflict || std::chrono::steady_clock::now() > limit)
            co_return taken;
        timer.expires_after(std::chrono::milliseconds(200));
        co_await timer.async_wait(asio::use_awaitable);
    }
}

awaitable<result<void>> engine::take_turn(deadline limit) {
    if (turn_) co_return result<void>{};
    auto taken = co_await take_lock("init", limit);
    if (!taken) co_return taken.error();
    turn_ = std::move(*taken);
    co_return result<void>{};
}

awaitable<result<void>> engine::may_write() {
    auto const seen = co_await stores_.replicas->read(after(std::chrono::seconds(10)));
    if (!seen) co_return seen.error();
    if (!seen->maintenance.active) co_return result<void>{};
    co_return error{errc::conflict,
                    public_text{"the system is under maintenance and takes no changes for now: " +
                                seen->maintenance.reason + "; try again when it has ended"}}
        .with_type("maintenance");
}

awaitable<result<void>> engine::note(audit::entry what) {
    co_return co_await stores_.audit->append({std::move(what)}, after(std::chrono::seconds(30)));
}

awaitable<result<std::unique_ptr<jobs::lock>>> engine::take_jobs_lock() {
    auto taken = co_await take_lock("jobs", after(jobs_patience));
    if (!taken && taken.error().code == errc::conflict)
        co_return error{
            errc::conflict,
            public_text{"another process holds the lock \"jobs\": a job is running (see GET "
                        "/api/v1/admin/db/jobs), or another command; wait for its end and try again"}};
    co_return taken;
}

auth::principal engine::actor() const {
    return {.email = "cli:" + os_user(), .role = auth::role::admin};
}

audit::entry engine::entry(std::string action, std::string resource, boost::json::value changes) const {
    return {.email = actor().email,
            .action = std::move(action),
            .resource = std::move(resource),
            .changes = std::move(changes),
            .status = "success"};
}

}  // namespace vanna::cli
