// The target database as the query service sees it: guarded, bounded, sliced reads. db/sqlite implements it
// (PostgreSQL follows). Rows leave already formatted: they are written once, straight from the engine into
// the reply's bytes.
#pragma once
#include <atomic>
#include <memory>
#include <span>

#include "core/async/awaitable.hpp"
#include "core/ids.hpp"
#include "core/sql/schema.hpp"
#include "core/sql/value.hpp"

namespace vanna::sql {

// Shared between the request and the pool thread that runs its statement; polled every few thousand VM steps.
enum class stop_reason : int { none, client_gone, requested, shutdown, out_of_time };
class stop_flag {
  public:
    void request(stop_reason why) {
        auto none = int(stop_reason::none);
        why_.compare_exchange_strong(none, int(why));
    }
    stop_reason why() const { return stop_reason(why_.load(std::memory_order_relaxed)); }

  private:
    std::atomic<int> why_{0};
};

struct slice {
    std::string bytes;          // formatted rows, about 256 KiB, whole rows only
    std::uint64_t rows = 0;     // in this slice
    bool last = false;          // nothing follows
    bool truncated = false;     // a cap cut the result: more rows existed (N+1 probe)
    bool invalid_utf8 = false;  // some text was repaired with U+FFFD
};

// The rest of a result. Holds a leased connection until destroyed or until a slice was the last; bounded in
// number.
class cursor {
  public:
    virtual ~cursor() = default;
    // query_invalid, deadline_exceeded (past the deadline given to open), cancelled.
    virtual awaitable<result<slice>> next() = 0;
};

struct opened {
    std::vector<column> columns;
    bool cacheable = true;  // no random(), no current time
    std::string target_version;
    slice first;
    std::unique_ptr<cursor> rest;  // null when first.last
};

struct open_options {
    row_format format = row_format::json;
    sql::limits limits;
    deadline until;
    bool whole =
        true;  // true: `first` holds everything up to the caps (interactive); false: slices of about 256 KiB
    std::shared_ptr<stop_flag> stop;
    uuid by;  // whose share of the target's threads it takes
};

struct target_status {
    std::string engine;   // "sqlite", "postgresql", "disabled"
    std::string version;  // target_version in use; empty: none
    bool ready = false;
    std::string problem;   // why not, for health and errors
    bool is_fixed = true;  // one version holds the same data for ever: its results may be kept and shared
};

class target {
  public:
    virtual ~target() = default;
    // query_refused (rule, position), query_invalid, query_too_large, deadline_exceeded, cancelled,
    // overloaded, unavailable.
    virtual awaitable<result<opened>> open(statement what, open_options how) = 0;
    // The guard alone: prepares and drops. Same errors as open(), same share of the threads.
    virtual awaitable<result<std::vector<column>>> check(std::string sql, deadline until, uuid by) = 0;
    virtual target_status status() const = 0;  // any thread
    virtual std::shared_ptr<sql::schema const> schema()
        const = 0;  // of the current version; any thread; null until read
};

}  // namespace vanna::sql
