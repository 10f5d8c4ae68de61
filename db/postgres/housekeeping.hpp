// What time does to the System DB: new months get their partitions, old history and expired tokens go.
// Called at start and once a day; any number of replicas may do it at once.
#pragma once
#include "db/postgres/pool.hpp"

namespace vanna::postgres {

struct retention {
    std::chrono::days queries{90}, audit{365};  // zero: kept for ever
};

struct house_report {
    int partitions_made = 0;
    std::int64_t queries_gone = 0, audit_entries_gone = 0, tokens_gone = 0;
};

// Dropped history is itself audited ("retention.queries", "retention.audit"). Rows go by whole months: one
// stays until its month's last day is past the limit.
awaitable<result<house_report>> keep_house(pool& on, retention kept, deadline limit);

}  // namespace vanna::postgres
