#include "server/http/metrics.hpp"

#include "core/metrics_families.hpp"

namespace vanna::http {
namespace {

constexpr auto status_count = traffic::statuses.size() + 1;

// One route, added up over the workers.
struct total {
    timings::total times;
    std::array<std::uint64_t, status_count> by_status{};

    void add(traffic::line const& line) {
        times.add(line.times);
        for (std::size_t i = 0; i < status_count; ++i)
            by_status[i] += line.by_status[i].get();
    }
};

void add_route(metrics::page& to, total const& of, std::string const& path, std::string const& verb) {
    if (of.times.count() == 0) return;
    for (std::size_t i = 0; i < status_count; ++i)
        if (of.by_status[i])
            to.add(
                metrics::http_requests, double(of.by_status[i]),
                {{"route", path},
                 {"method", verb},
                 {"status", i < traffic::statuses.size() ? std::to_string(traffic::statuses[i]) : "other"}});
    to.add(metrics::http_request_duration, timings::bounds, of.times.buckets, of.times.seconds,
           {{"route", path}, {"method", verb}});
}

double sum(server const& of, tally traffic::* which) {
    std::uint64_t all = 0;
    for (std::size_t i = 0; i < of.workers(); ++i)
        all += (of.counts(i).*which).get();
    return double(all);
}

}  // namespace

void server_metrics(metrics::page& to, server const& of) {
    auto const routes = of.routes().size();
    for (std::size_t line = 0; line < routes + method_count; ++line) {
        total all;
        for (std::size_t i = 0; i < of.workers(); ++i)
            all.add(of.counts(i).lines()[line]);
        if (line < routes) {
            auto const& route = of.routes().at(line);
            add_route(to, all, std::string(route.path), std::string(to_string(route.method)));
        } else {
            add_route(to, all, "unmatched", std::string(to_string(method(line - routes))));
        }
    }
    to.add(metrics::http_requests_in_flight, sum(of, &traffic::in_flight));
    to.add(metrics::http_connections, sum(of, &traffic::connections));
    to.add(metrics::http_connections_accepted, sum(of, &traffic::accepted));
    to.add(metrics::http_connections_refused, sum(of, &traffic::refused_full));
    to.add(metrics::http_connections_cut, sum(of, &traffic::timed_out), {{"reason", "timeout"}});
    to.add(metrics::http_connections_cut, sum(of, &traffic::slow_readers), {{"reason", "slow_reader"}});
    to.add(metrics::http_received, sum(of, &traffic::bytes_in));
    to.add(metrics::http_sent, sum(of, &traffic::bytes_out));
    to.add(metrics::http_exceptions, sum(of, &traffic::exceptions));
}

void worker_metrics(metrics::page& to, runtime& of) {
    for (std::size_t i = 0; i < of.size(); ++i)
        to.add(metrics::event_loop_lag, std::chrono::duration<double>(of.at(i).lag()).count(),
               {{"worker", std::to_string(i)}});
}

void pool_metrics(metrics::page& to, work_pool const& of) {
    metrics::labels const name{{"pool", of.name()}};
    to.add(metrics::pool_threads, double(of.threads()), name);
    to.add(metrics::pool_running, double(of.running()), name);
    to.add(metrics::pool_queued, double(of.queued()), name);
    to.add(metrics::pool_started, double(of.started()), name);
    to.add(metrics::pool_rejected, double(of.rejected()), name);
    to.add(metrics::pool_waited, std::chrono::duration<double>(of.waited()).count(), name);
}

}  // namespace vanna::http
