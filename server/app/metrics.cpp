#include "server/app/metrics.hpp"

#include "core/metrics_families.hpp"
#include "server/http/metrics.hpp"

namespace vanna::app {
namespace {

using namespace vanna::metrics;

double sum(std::vector<std::unique_ptr<unit>> const& units, auto read) {
    double total = 0;
    for (auto const& u : units)
        total += double(read(*u));
    return total;
}

void store_metrics(metrics::page& to, observed const& o) {
    for (auto const& [name, what] : o.shared.health.all()) {
        if (what.state == health::state::disabled) continue;
        to.add(store_up, what.state == health::state::connected ? 1 : 0, {{"store", name}});
        to.add(store_latency, double(what.latency.count()) / 1e6, {{"store", name}});
    }
    auto const database = [&](family const& f, postgres::pool_stats::counter postgres::pool_stats::* member) {
        to.add(f, sum(o.units, [&](unit& u) { return (u.own_stores().pool.stats().*member).load(); }),
               {{"store", "database"}});
    };
    database(store_connections, &postgres::pool_stats::connections_open);
    database(store_in_flight, &postgres::pool_stats::requests_in_flight);
    database(store_waiting, &postgres::pool_stats::requests_waiting);
    database(store_requests, &postgres::pool_stats::requests);
    database(store_waits, &postgres::pool_stats::waits);
    database(store_errors, &postgres::pool_stats::errors);
    database(store_deadlines, &postgres::pool_stats::deadlines_missed);
    database(store_lost, &postgres::pool_stats::connections_lost);
    auto const cache = [&](family const& f, auto read) {
        to.add(f, sum(o.units, [&](unit& u) { return read(u.redis().counts()); }), {{"store", "redis"}});
    };
    cache(store_connections, [](redis::client_counts const& c) { return c.connected.load() ? 1 : 0; });
    cache(store_in_flight, [](redis::client_counts const& c) { return c.in_flight.load(); });
    cache(store_requests, [](redis::client_counts const& c) { return c.calls.load(); });
    cache(store_errors, [](redis::client_counts const& c) { return c.refused.load(); });
    cache(store_deadlines, [](redis::client_counts const& c) { return c.timeouts.load(); });
    cache(store_lost, [](redis::client_counts const& c) { return c.losses.load(); });
}

void query_metrics(metrics::page& to, observed const& o) {
    auto const total = [&](auto member) {
        return sum(o.units, [&](unit& u) { return (u.queries().counters().*member).get(); });
    };
    using c = query::counters;
    for (auto [outcome, member] : {std::pair{"success", &c::succeeded},
                                   {"refused", &c::refused},
                                   {"error", &c::failed},
                                   {"timeout", &c::timed_out},
                                   {"cancelled", &c::cancelled}})
        to.add(queries, total(member), {{"outcome", outcome}});
    to.add(query_rows, total(&c::rows));
    to.add(query_truncated, total(&c::truncated));
    to.add(cache_lookups, total(&c::cache_hits), {{"outcome", "hit"}});
    to.add(cache_lookups, total(&c::cache_misses), {{"outcome", "miss"}});
    to.add(queries_joined, total(&c::joined));
    timings::total durations;
    for (auto const& u : o.units)
        durations.add(u->queries().counters().durations);
    to.add(query_duration, timings::bounds, durations.buckets, durations.seconds);
}

// The age of the oldest record says whether the System DB keeps up, whatever the load.
void spool_metrics(metrics::page& to, observed const& o) {
    to.add(spool_depth, sum(o.units, [](unit& u) { return u.records().counts().records.load(); }));
    to.add(spool_bytes, sum(o.units, [](unit& u) { return u.records().counts().bytes.load(); }));
    std::int64_t oldest = 0;
    for (auto const& u : o.units)
        if (auto const made = u->records().counts().oldest_us.load(); made && (!oldest || made < oldest))
            oldest = made;
    auto const age = oldest ? double(now().time_since_epoch().count() - oldest) / 1e6 : 0;
    to.add(spool_age, std::max(0.0, age));
}

void session_metrics(metrics::page& to, observed const& o) {
    auto const total = [&](auto member) {
        return sum(o.units, [&](unit& u) { return (u.sessions().counts().*member).load(); });
    };
    using c = auth::session_counts;
    to.add(logins, total(&c::logins), {{"outcome", "success"}});
    to.add(logins, total(&c::failed_logins), {{"outcome", "failed"}});
    to.add(logins, total(&c::limited), {{"outcome", "limited"}});
    to.add(refreshes, total(&c::refreshes));
    to.add(denied, total(&c::denied));
}

double seconds(instant t) {
    return std::chrono::duration<double>(t.time_since_epoch()).count();
}

void golden_metrics(metrics::page& to, observed const& o) {
    if (!o.shared.golden) return;
    auto const s = o.shared.golden->status();
    to.add(golden_copy_info, 1, {{"state", s.state}, {"version", s.version.substr(0, 12)}});
    to.add(golden_copy_size, double(s.size));
    if (s.copied_at) to.add(golden_copy_time, seconds(*s.copied_at));
    if (s.copy_took) to.add(golden_copy_refresh, double(s.copy_took->count()) / 1000);
}

void model_metrics(metrics::page& to, observed const& o) {
    if (o.shared.settings.get()->llm_base_url.empty()) return;
    auto const state = o.shared.model.breaker->at(std::chrono::steady_clock::now());
    to.add(model_breaker, state == net::circuit_breaker::state::closed ? 0 : 1);
}

void backup_metrics(metrics::page& to, observed const& o) {
    auto const seen = o.plane.backups().facts();
    to.add(backups, double(seen.sets));
    if (seen.backed_up_at) {
        to.add(backup_time, seconds(*seen.backed_up_at));
        to.add(backup_size, double(seen.size));
    }
    if (seen.verified_at) to.add(backup_verified, seconds(*seen.verified_at));
    if (seen.drilled_at) to.add(backup_drilled, seconds(*seen.drilled_at));
}

void evaluation_metrics(metrics::page& to, observed const& o) {
    auto const seen = o.plane.pairs().evaluation();
    if (!seen) return;
    to.add(evaluation_time, seconds(seen->at));
    if (seen->accuracy) to.add(evaluation_accuracy, *seen->accuracy);
    for (auto const& [outcome, pairs] : seen->outcomes)
        to.add(evaluation_pairs, pairs, {{"outcome", outcome}});
}

}  // namespace

void register_metrics(metrics::registry& registry, observed what) {
    registry.source(process_metrics);
    registry.source([what](metrics::page& to) {
        http::server_metrics(to, what.server);
        http::worker_metrics(to, what.workers);
        for (auto* pool : {&what.shared.cpu, &what.shared.sqlite, &what.shared.postgresql, &what.shared.job,
                           &what.shared.asking})
            http::pool_metrics(to, *pool);
        store_metrics(to, what);
        query_metrics(to, what);
        spool_metrics(to, what);
        session_metrics(to, what);
        model_metrics(to, what);
        to.add(maintenance, what.shared.in_maintenance() ? 1 : 0);
        golden_metrics(to, what);
        backup_metrics(to, what);
        evaluation_metrics(to, what);
    });
}

boost::json::array describe_pools(std::vector<std::unique_ptr<unit>> const& units) {
    boost::json::array out;
    for (std::size_t i = 0; i < units.size(); ++i) {
        auto const& s = units[i]->own_stores().pool.stats();
        out.push_back(boost::json::object{{"worker", i},
                                          {"connections_open", s.connections_open.load()},
                                          {"requests_in_flight", s.requests_in_flight.load()},
                                          {"requests_waiting", s.requests_waiting.load()},
                                          {"sessions_open", s.sessions_open.load()},
                                          {"sessions_busy", s.sessions_busy.load()},
                                          {"requests", s.requests.load()},
                                          {"waits", s.waits.load()},
                                          {"errors", s.errors.load()},
                                          {"deadlines_missed", s.deadlines_missed.load()},
                                          {"connections_lost", s.connections_lost.load()}});
    }
    return out;
}

}  // namespace vanna::app
