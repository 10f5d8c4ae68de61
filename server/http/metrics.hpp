// Reads the counters of the HTTP server, the workers and the blocking pools into a scrape.
#pragma once
#include "core/async/runtime.hpp"
#include "core/async/work_pool.hpp"
#include "core/metrics.hpp"
#include "server/http/server.hpp"

namespace vanna::http {

void server_metrics(metrics::page& to, server const& of);
void worker_metrics(metrics::page& to, runtime& of);
void pool_metrics(metrics::page& to, work_pool const& of);

}  // namespace vanna::http
