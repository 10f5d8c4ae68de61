// What /admin/db/stats and /admin/db/health tell of the System DB. db/postgres implements it.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "core/async/awaitable.hpp"
#include "core/sql/target.hpp"

namespace vanna::admin {

struct table_stats {
    std::string name;                      // with its schema, "public.users"; partitions are listed singly
    std::uint64_t bytes = 0;               // with indexes and TOAST
    std::int64_t rows = 0, dead_rows = 0;  // the server's estimates
    std::optional<instant> last_vacuum, last_analyze;  // by hand or automatic, the later
};

struct database_health {
    std::string version;     // "15.14"
    int version_number = 0;  // 150014
    std::string database, role;
    bool is_read_only = false;  // a standby
    std::uint64_t bytes = 0;
    int connections = 0, max_connections = 0;  // of the whole server
    std::chrono::microseconds latency{};       // of the question itself
};

class database_stats {
  public:
    virtual ~database_stats() = default;
    virtual awaitable<result<std::vector<table_stats>>> tables(deadline limit) = 0;  // largest first
    virtual awaitable<result<database_health>> health(deadline limit) = 0;
    // VACUUM (ANALYZE) of one of tables(); takes as long as it takes, outside any transaction. not_found.
    // cancelled: `stop` was raised; the server has ended the statement within a second, also at the deadline.
    virtual awaitable<result<void>> vacuum(std::string table, std::shared_ptr<sql::stop_flag> stop,
                                           deadline limit) = 0;
};

}  // namespace vanna::admin
