// Registers what /metrics tells of the whole process: the HTTP server, workers, pools, stores, queries,
// sessions, the spool and the golden copy. Counters are read where they are kept.
#pragma once
#include "core/async/runtime.hpp"
#include "server/app/control.hpp"
#include "server/app/unit.hpp"
#include "server/http/server.hpp"

namespace vanna::app {

struct observed {
    process& shared;
    runtime& workers;
    http::server const& server;
    control const& plane;
    std::vector<std::unique_ptr<unit>> const& units;
};

// Everything observed outlives the registry's last scrape.
void register_metrics(metrics::registry& registry, observed what);
// The pools of every worker, for GET /admin/db/health.
boost::json::array describe_pools(std::vector<std::unique_ptr<unit>> const& units);

}  // namespace vanna::app
