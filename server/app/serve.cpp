#include "server/app/serve.hpp"

#include <sysexits.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>

#include "core/async/pause.hpp"
#include "core/async/runtime.hpp"
#include "core/log.hpp"
#include "db/postgres/migrate.hpp"
#include "server/api/routes.hpp"
#include "server/app/control.hpp"
#include "server/app/metrics.hpp"
#include "server/app/unit.hpp"
#include "server/http/server.hpp"

namespace vanna::app {
namespace {

constexpr auto connect_patience = std::chrono::milliseconds(500);
constexpr auto flush_patience = std::chrono::seconds(5);
constexpr auto door_patience = std::chrono::seconds(1);
constexpr auto door_look = std::chrono::milliseconds(10);

// Runs `body` on another executor and waits here.
template <class F>
awaitable<void> on(asio::any_io_executor executor, F body) {
    co_await asio::co_spawn(executor, std::move(body), asio::use_awaitable);
}

class server_process {
  public:
    explicit server_process(config::loaded loaded)
        : shared_(std::move(loaded), true),
          workers_(shared_.settings.get()->workers, &shared_.front),
          control_runtime_(1),
          control_(control_runtime_.at(0).executor(), shared_),
          routes_{api::routes()} {
        routes_.alias("/api/v1/admin/db", "/admin/db");
        auto const per_worker = unsigned(
            std::max<std::uint64_t>(1, shared_.settings.get()->postgres_pool_size / workers_.size()));
        control_links const links{.jobs = control_.jobs(),
                                  .golden = control_.golden(),
                                  .backups = control_.backups(),
                                  .vacuum =
                                      [this](std::string table, std::string requested_by) {
                                          return control_.vacuum(std::move(table), std::move(requested_by));
                                      },
                                  .knowledge = control_.knowledge(),
                                  .metrics = [this] { return shared_.metrics.text(); },
                                  .pools = [this] { return describe_pools(units_); }};
        for (std::size_t i = 0; i < workers_.size(); ++i)
            units_.push_back(std::make_unique<unit>(i, workers_.at(i).executor(), shared_, links,
                                                    postgres::pool_options{.connections = per_worker}));
    }

    int run() {
        auto const options = http::options_from(*shared_.settings.get(), raise_descriptor_limit());
        if (!options) return complain(options.error(), EX_CONFIG);
        std::vector<http::seat> seats;
        for (auto& u : units_)
            seats.push_back(u->seat());
        server_ = std::make_unique<http::server>(workers_, *options, routes_, std::move(seats));
        control_runtime_.on_signal([this](int signal) { on_signal(signal); });
        register_metrics(shared_.metrics, {shared_, workers_, *server_, control_, units_});
        if (auto opened = server_->open(); !opened) return complain(opened.error(), EX_UNAVAILABLE);
        if (auto ours = check_system_db(); !ours) return complain(ours.error(), EX_CONFIG);
        if (auto safe = check_target(); !safe) return complain(safe.error(), EX_CONFIG);
        if (shared_.front.permitted())
            log::info("threads that answer requests run in real time while they need little of the cores");
        start();
        workers_.join();
        control_runtime_.join();
        shared_.join_pools();
        log::info("stopped");
        log::flush();
        return 0;
    }

  private:
    static int complain(error const& e, int status) {
        std::fprintf(stderr, "vanna-engine: %s\n", e.message.c_str());
        for (auto const& f : e.fields)
            std::fprintf(stderr, "  %s: %s\n", f.field.c_str(), f.message.c_str());
        return status;
    }

    // Tables that are not ours, or of a changed migration, are told now; a database that does not answer may
    // come later.
    result<void> check_system_db() const {
        asio::io_context once(1);
        result<postgres::migration_status> seen = error{};
        asio::co_spawn(once, postgres::inspect_migrations(shared_.system_db, after(connect_patience)),
                       [&seen](std::exception_ptr failure, result<postgres::migration_status> found) {
                           if (failure) std::rethrow_exception(failure);
                           seen = std::move(found);
                       });
        once.run();
        if (!seen && seen.error().code == errc::conflict) return seen.error();
        if (seen && !seen->pending.empty())
            log::warn("the System DB lacks migrations: run vanna-engine init",
                      {{"pending", seen->pending.size()}});
        return {};
    }

    // A role that may do harm is told now; a database that does not answer may come later, and is then looked
    // at before the first statement.
    result<void> check_target() const {
        if (!shared_.database) return {};
        asio::io_context once(1);
        result<void> seen = error{};
        asio::co_spawn(once, shared_.database->look_at_role(after(connect_patience)),
                       [&seen](std::exception_ptr failure, result<void> found) {
                           if (failure) std::rethrow_exception(failure);
                           seen = std::move(found);
                       });
        once.run();
        return !seen && seen.error().type == "target-refused" ? seen : result<void>();
    }

    void start() {
        for (std::size_t i = 0; i < units_.size(); ++i)
            asio::co_spawn(workers_.at(i).executor(), units_[i]->open(after(connect_patience)),
                           opened_or_fail());
        asio::co_spawn(control_runtime_.at(0).executor(), control_.open(after(connect_patience)),
                       opened_or_fail());
        asio::co_spawn(control_runtime_.at(0).executor(), open_door(), fail_loudly);
        workers_.start();
        control_runtime_.start();
        auto const s = shared_.settings.get();
        log::info("listening", {{"host", s->host},
                                {"port", server_->port()},
                                {"workers", workers_.size()},
                                {"version", VANNA_VERSION}});
        if (isatty(STDOUT_FILENO) == 0) return;  // the log says so, and may be read from there as well
        std::printf("vanna-engine %s listens on http%s://%s:%d\n", VANNA_VERSION,
                    s->tls_cert_file.empty() ? "" : "s", s->host.c_str(), int(server_->port()));
        std::fflush(stdout);
    }

    // A proxy may send requests as soon as its name service knows this replica: they wait in the kernel for
    // the moment that a start takes, instead of being refused, and the first to ask for /health is told what
    // the stores are. With a store down the door opens all the same.
    awaitable<void> open_door() {
        auto const patience = after(door_patience);
        asio::steady_timer look(co_await asio::this_coro::executor);
        while (!stopping_ && !knows_itself() && std::chrono::steady_clock::now() < patience) {
            look.expires_after(door_look);
            co_await look.async_wait(asio::use_awaitable);
        }
        control_.look_at_target();
        if (!stopping_) co_await server_->accept();
    }
    bool knows_itself() const {
        return shared_.health.not_ready_because().empty() && shared_.health.has_asked_all();
    }

    // What opens begins work that stop() must find begun.
    std::function<void(std::exception_ptr)> opened_or_fail() {
        ++opening_;
        return [this](std::exception_ptr failure) {
            fail_loudly(std::move(failure));
            --opening_;
        };
    }

    static void fail_loudly(std::exception_ptr failure) {
        if (failure) std::rethrow_exception(failure);
    }

    void on_signal(int signal) {
        if (signal == SIGHUP) return log::reopen();
        if (stopping_) _exit(1);
        stopping_ = true;
        log::info("stopping", {{"signal", signal}});
        asio::co_spawn(control_runtime_.at(0).executor(), stop(), fail_loudly);
    }

    // Jobs end while the last requests are answered: one after the other would take longer than the grace.
    awaitable<void> stop() {
        auto const s = shared_.settings.get();
        shared_.health.drain();
        while (opening_ != 0)
            co_await pause_for(door_look);
        co_await server_->close(std::chrono::seconds(s->shutdown_drain_seconds));
        task_group meanwhile(co_await asio::this_coro::executor);
        meanwhile.spawn("jobs", [this] { return control_.stop_jobs(); });
        co_await server_->finish(std::chrono::seconds(s->shutdown_grace_seconds));
        co_await meanwhile.wait();
        shared_.running.stop_all(sql::stop_reason::shutdown);
        co_await close_units(after(flush_patience));
        co_await control_.close();
        workers_.finish();
        control_runtime_.finish();
    }

    // All at once: what one waits for, the others wait for too.
    awaitable<void> close_units(deadline limit) {
        task_group closing(co_await asio::this_coro::executor);
        for (std::size_t i = 0; i < units_.size(); ++i)
            closing.spawn("close", [this, i, limit] {
                return on(workers_.at(i).executor(),
                          [u = units_[i].get(), limit] { return u->close(limit); });
            });
        co_await closing.wait();
    }

    process shared_;
    runtime workers_, control_runtime_;
    control control_;
    http::router routes_;
    std::vector<std::unique_ptr<unit>> units_;
    std::unique_ptr<http::server> server_;
    std::atomic<unsigned> opening_{0};
    bool stopping_ = false;
};

}  // namespace

int serve(config::loaded loaded) {
    server_process all(std::move(loaded));
    return all.run();
}

}  // namespace vanna::app
