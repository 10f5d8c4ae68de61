#include "server/app/control.hpp"

#include "config/live_rows.hpp"
#include "core/async/pause.hpp"
#include "core/log.hpp"
#include "core/metrics_families.hpp"
#include "db/postgres/housekeeping.hpp"
#include "jobs/pg_dump.hpp"
#include "jobs/vacuum.hpp"
#include "server/app/model_probe.hpp"

namespace vanna::app {

constexpr auto probe_interval = std::chrono::seconds(2), model_interval = std::chrono::seconds(5);
constexpr auto probe_limit = std::chrono::milliseconds(1500);

control::control(asio::any_io_executor executor, process& shared)
    : shared_(shared),
      executor_(executor),
      stores_(executor, shared.system_db, {.connections = 1, .sessions = 8}, *shared.settings.get()),
      jobs_(executor, *stores_.job_rows, *stores_.locks, shared.id, [this](jobs::job const& j) { count(j); }),
      golden_(executor, shared.file, shared.golden.get(), *stores_.replicas, *stores_.audit, jobs_,
              shared.health),
      database_(executor, shared.database),
      adoption_(shared.settings.get()->spool_dir, *stores_.history, shared.job,
                [&shared] { return shared.in_maintenance(); }),
      redis_(executor, shared.cache),
      chroma_(chroma::connect(executor, shared.settings.get()->chroma_host,
                              std::uint16_t(shared.settings.get()->chroma_port))),
      knowledge_(executor, shared, stores_, chroma_, jobs_),
      pairs_(executor, shared, stores_, jobs_,
             [this](ask::example pair) { knowledge_.add(std::move(pair)); }),
      backups_(executor, shared, stores_, chroma_, jobs_),
      watch_(stores_.pool, [this](replica::snapshot seen) { apply(seen); }),
      tasks_(executor) {}

awaitable<void> control::open(deadline limit) {
    (void)co_await stores_.pool.open(limit);
    if (auto ok = co_await watch_.start(limit); !ok)
        log::warn("not ready before the System DB is there", {{"error", ok.error().message}});
    jobs_.start();
    database_.start();
    knowledge_.start();
    pairs_.start();
    backups_.start();
    tasks_.spawn("redis", [this] { return redis_.run(); });
    tasks_.spawn("adoption", [this] { return adoption_.run(); });
    tasks_.spawn("housekeeping", [this] { return keep_house(); });
    tasks_.spawn("probes", [this] { return probe(); });
    tasks_.spawn("llm", [this] { return probe_model(); });
    tasks_.spawn("pg_dump", [this] { return compare_pg_dump(); });
}

awaitable<void> control::close() {
    co_await golden_.stop();
    co_await database_.stop();
    co_await pairs_.stop();
    co_await knowledge_.stop();
    co_await backups_.stop();
    tasks_.cancel();
    co_await tasks_.wait();
    co_await watch_.stop();
    co_await stores_.pool.close();
}

void control::apply(replica::snapshot const& seen) {
    apply_maintenance(seen.maintenance);
    shared_.revocations.update(seen.revocations);
    apply_configuration(seen.configuration);
    for (auto const& c : seen.cancellations)
        (void)shared_.running.cancel(c.query_id, c.requested_by, c.by_admin);
    shared_.knowledge_state.set(seen.knowledge);
    knowledge_.follow(seen.knowledge);
    golden_.follow(seen.target);
    shared_.health.became_ready();
}

void control::apply_maintenance(replica::maintenance const& seen) {
    if (seen.active != shared_.in_maintenance())
        log::warn(seen.active ? "maintenance begins: writers wait" : "maintenance has ended",
                  {{"reason", seen.reason}, {"holder", to_string(seen.holder)}});
    shared_.maintenance.set(seen);
}

void control::apply_configuration(std::vector<replica::configuration_row> const& rows) {
    config::name_values live;
    std::string problems;
    for (auto const& row : rows) {
        auto const* d = config::find(row.key);
        if (!d || !d->secret) {
            live.emplace(row.key, row.value);
            continue;
        }
        auto opened = jobs::archive::open_value(keys_, row.key, row.value);
        if (opened)
            live.emplace(row.key, std::move(*opened));
        else
            problems += (problems.empty() ? "" : "; ") + opened.error().message;
    }
    if (problems != unreadable_ && !problems.empty())
        log::warn("secret settings are left as they were at start", {{"error", problems}});
    unreadable_ = std::move(problems);
    auto next = config::with_live_rows(shared_.at_start, live);
    shared_.settings.set(next.values);
    shared_.loaded.set(std::move(next));
}

awaitable<void> control::probe() {
    asio::steady_timer timer(executor_);
    for (;;) {
        co_await ask_stores();
        look_at_target();
        shared_.health.asked_all();
        timer.expires_after(probe_interval);
        co_await timer.async_wait(asio::use_awaitable);
    }
}

// At the same time: one that hangs must not keep from us what the others are.
awaitable<void> control::ask_stores() {
    auto const [order, e0, e1, e2] = co_await asio::experimental::make_parallel_group(
                                         asio::co_spawn(executor_, probe_database(), asio::deferred),
                                         asio::co_spawn(executor_, probe_redis(), asio::deferred),
                                         asio::co_spawn(executor_, probe_chroma(), asio::deferred))
                                         .async_wait(asio::experimental::wait_for_all(), asio::use_awaitable);
    for (auto const& failure : {e0, e1, e2})
        if (failure) std::rethrow_exception(failure);
}

void control::look_at_target() {
    auto const target = shared_.target->status();
    shared_.health.set("target_database", {.state = target.engine == "disabled" ? health::state::disabled
                                                    : target.ready              ? health::state::connected
                                                                                : health::state::down,
                                           .detail = target.problem,
                                           .checked_at = now()});
}

// Months ahead get their partitions, history past its limit goes; tried again sooner while PostgreSQL is
// away.
awaitable<void> control::keep_house() {
    asio::steady_timer timer(executor_);
    for (;;) {
        if (shared_.in_maintenance()) {
            timer.expires_after(std::chrono::minutes(1));
            co_await timer.async_wait(asio::use_awaitable);
            continue;
        }
        auto const s = shared_.settings.get();
        auto const done = co_await postgres::keep_house(stores_.pool,
                                                        {.queries = std::chrono::days(s->query_history_days),
                                                         .audit = std::chrono::days(s->audit_retention_days)},
                                                        after(std::chrono::minutes(5)));
        if (!done)
            log::debug("housekeeping waits", {{"error", done.error().message}});
        else if (done->partitions_made || done->queries_gone || done->audit_entries_gone)
            log::info("housekeeping", {{"partitions_made", done->partitions_made},
                                       {"queries_gone", done->queries_gone},
                                       {"audit_entries_gone", done->audit_entries_gone}});
        timer.expires_after(done ? std::chrono::hours(24) : std::chrono::minutes(1));
        co_await timer.async_wait(asio::use_awaitable);
    }
}

// Once, when PostgreSQL is first there: what a backup would stumble over is said at start.
awaitable<void> control::compare_pg_dump() {
    asio::steady_timer timer(executor_);
    result<admin::database_health> server = error{};
    while (!(server = co_await stores_.database->health(after(probe_limit)))) {
        timer.expires_after(probe_interval);
        co_await timer.async_wait(asio::use_awaitable);
    }
    auto const own = co_await offload(shared_.job, [] { return jobs::pg_dump_version(); });
    if (!own)
        log::warn("backups cannot be made", {{"error", own.error().message}, {"detail", own.error().detail}});
    else if (auto const theirs = server->version_number / 10000; theirs > *own)
        log::warn("PostgreSQL is newer than pg_dump: backups will fail; install its client programs",
                  {{"server", theirs}, {"pg_dump", *own}});
}

awaitable<result<jobs::job>> control::vacuum(std::string table, std::string requested_by) {
    return jobs::start_vacuum(jobs_, *stores_.database, std::move(table), std::move(requested_by));
}

void control::count(jobs::job const& seen) {
    auto& m = shared_.metrics;
    metrics::labels const type{{"type", seen.type}};
    bool const ended = seen.finished_at.has_value();
    if (seen.started_at) m.counter(metrics::jobs_running, type).add(ended ? -1 : 1);
    if (!ended) return;
    m.counter(metrics::jobs, {{"type", seen.type}, {"state", std::string(to_string(seen.state))}}).add();
    if (seen.started_at)
        m.histogram(metrics::job_duration, type)
            .observe(std::chrono::duration<double>(*seen.finished_at - *seen.started_at).count());
}

awaitable<void> control::probe_model() {
    auto const s = shared_.settings.get();
    if (s->llm_base_url.empty()) co_return;
    model_probe model(executor_, *s, model_key(shared_), shared_.model);
    for (;;) {
        shared_.health.set("llm", co_await model.look(after(probe_limit)));
        co_await pause_for(model_interval);
    }
}

awaitable<void> control::probe_database() {
    auto const h = co_await stores_.database->health(after(probe_limit));
    if (h)
        shared_.health.set("database", {.state = health::state::connected,
                                        .detail = "PostgreSQL " + h->version,
                                        .latency = h->latency,
                                        .checked_at = now()});
    else
        shared_.health.set("database",
                           {.state = health::state::down, .detail = h.error().message, .checked_at = now()});
}

awaitable<void> control::probe_redis() {
    constexpr std::string_view ping[] = {"PING"};
    auto const patience = after(probe_limit);
    while (!redis_.has_tried() && std::chrono::steady_clock::now() < patience)
        co_await pause_for(std::chrono::milliseconds(5));
    auto const began = std::chrono::steady_clock::now();
    auto const answer = co_await redis_.call(ping, after(probe_limit));
    health::component seen{.checked_at = now()};
    seen.latency =
        std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - began);
    if (answer)
        seen.state = health::state::connected;
    else
        seen.detail = answer.error().message;
    shared_.health.set("redis", std::move(seen));
}

awaitable<void> control::probe_chroma() {
    auto const began = std::chrono::steady_clock::now();
    auto const answer = co_await chroma_.heartbeat(after(probe_limit));
    health::component seen{.detail = knowledge_.problem(), .checked_at = now()};
    seen.latency =
        std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - began);
    if (answer)
        seen.state = health::state::connected;
    else
        seen.detail = answer.error().message;
    shared_.health.set("chroma", std::move(seen));
}

}  // namespace vanna::app
