// The job "pairs": runs the approved and the stale pairs on the target as it is now. A pair whose statement
// no longer runs, or answers with other columns than when it was approved, becomes stale and is not answered
// with any more; one that runs as it did comes back.
#pragma once
#include "core/ask/ports.hpp"
#include "core/audit/entry.hpp"
#include "core/sql/target.hpp"
#include "jobs/scheduler.hpp"

namespace vanna::jobs {

// All of the scheduler's thread; they outlive the job.
struct pair_check_parts {
    ask::knowledge_store& knowledge;
    sql::target& target;
    audit::store& trail;                        // each pair that becomes stale or comes back
    std::function<void(ask::example)> is_back;  // told of each that comes back
};

struct pair_check_bounds {
    std::size_t most_pairs = 5000;  // the newest; the rest with the next run
    std::size_t at_once = 100;
    std::uint64_t most_bytes = 16 << 20;  // of the one row that is read
    std::chrono::milliseconds statement_limit{10000};
};

job_request pair_check_request(std::string requested_by);

// {"target_version", "checked", "stale", "back"}. A statement that needs longer than it may, or answers with
// more, leaves its pair as it was, with a problem that says so, until the next version. conflict: the target
// has changed meanwhile. unavailable: it cannot be asked now.
awaitable<result<boost::json::value>> check_pairs(pair_check_parts on, pair_check_bounds within, progress& p);

}  // namespace vanna::jobs
