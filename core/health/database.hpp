// What an administrator sees of the System DB: its version and sizes, table by table. db/postgres implements
// it.
#pragma once
#include "core/async/awaitable.hpp"

namespace vanna::health {

struct table_stats {
    std::string schema, name;
    std::int64_t rows = 0, dead_rows = 0;  // estimates
    std::int64_t bytes = 0;                // with indexes and TOAST
    std::optional<instant> last_vacuum, last_analyze;
};

struct database_stats {
    std::string server_version;
    int major = 0;
    std::int64_t bytes = 0, connections = 0;
    std::vector<table_stats> tables;
};

class database {
  public:
    virtual ~database() = default;
    virtual awaitable<result<database_stats>> stats(deadline limit) = 0;
    // Round trip of the smallest statement.
    virtual awaitable<result<std::chrono::microseconds>> ping(deadline limit) = 0;
};

}  // namespace vanna::health
