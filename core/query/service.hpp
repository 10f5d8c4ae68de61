// Runs one query for one person: limits, cache, one run for identical concurrent queries, the target, and the
// record that must be in the spool before anybody sees the answer. One a worker; called by the API, the
// pipeline's answer step and the command line.
#pragma once
#include "config/settings.hpp"
#include "core/auth/rate_limit.hpp"
#include "core/query/record.hpp"
#include "core/query/result_cache.hpp"
#include "core/query/running.hpp"
#include "core/query/single_flight.hpp"
#include "core/shared_value.hpp"
#include "core/sql/target.hpp"
#include "core/tally.hpp"

namespace vanna::query {

struct asker {
    auth::principal who;
    std::string request_id, ip;
};

struct request {
    sql::statement what;
    std::optional<uuid> id;              // the client's own; nothing: made here
    std::optional<std::uint64_t> limit;  // rows; never above QUERY_MAX_ROWS
    std::shared_ptr<sql::stop_flag> stop = std::make_shared<sql::stop_flag>();
    std::string action = "query.run";
    std::string question, generator;
    std::optional<uuid> conversation_id;
};

// The part of an answer that identical queries share, formatted once.
struct outcome {
    std::optional<vanna::error> failure;
    std::string json;  // "columns":[…],"rows":[…],"row_count":n,"truncated":false — no braces around it
    std::uint64_t rows = 0;
    bool truncated = false, cacheable = false;
    std::string target_version;
};

struct answer {
    uuid id;
    std::shared_ptr<outcome const> body;
    bool cached = false;
    std::chrono::microseconds duration{};
};

// What the workers of a process share.
struct shared_state {
    shared_value<config::settings>& settings;
    sql::target& target;
    query::running& running;
    single_flight<outcome>& flights;
};

// Counts of one worker.
struct counters {
    tally rows, refused, failed, timed_out, cancelled, truncated, succeeded;
    tally cache_hits, cache_misses, joined;
    timings durations;
};

class service {
  public:
    // `cache` and `limits` may be null (the command line).
    service(shared_state shared, recorder& records, result_cache* cache, auth::rate_limits* limits,
            store& history)
        : shared_(shared), records_(records), cache_(cache), limits_(limits), history_(history) {}

    // Errors: invalid_input, conflict (known id), rate_limited, overloaded, and everything target::open()
    // answers. A query that was started is recorded whether it succeeds or not.
    awaitable<result<answer>> run(asker by, request what);

    // A result in full, as slices, up to EXPORT_MAX_ROWS: the statement runs again as `by`, and an audit
    // entry says so. The returned entry keeps the query cancellable; hold it with the cursor.
    struct exported {
        sql::opened first;
        running::entry registered;
    };
    awaitable<result<exported>> export_rows(asker by, uuid query_id, sql::statement what,
                                            sql::row_format format, bool neutralise_formulas,
                                            std::shared_ptr<sql::stop_flag> stop);

    query::counters const& counters() const { return counters_; }

  private:
    awaitable<result<void>> limit_rate(uuid user, std::uint64_t per_minute);
    result<void> validate(request const& what, config::settings const& s) const;
    awaitable<std::shared_ptr<outcome const>> fetch(uuid by, request const& what, config::settings const& s,
                                                    deadline until, bool& cached);
    awaitable<outcome> execute(uuid by, request const& what, sql::limits caps, deadline until);
    result<void> note(asker const& by, request const& what, uuid id, outcome const& body, bool cached,
                      instant began, std::chrono::microseconds took);
    void count(outcome const& body, std::chrono::microseconds took);

    shared_state shared_;
    recorder& records_;
    result_cache* cache_;
    auth::rate_limits* limits_;
    store& history_;
    query::counters counters_;
};

// The JSON text of parameters as they are stored and audited: an array, an object, or empty when there are
// none.
std::string params_json(sql::statement const& what);
// The other way, from a request's or a record's "params": null, array or object of null, boolean, number,
// string.
result<void> set_params(sql::statement& what, boost::json::value const& params);

}  // namespace vanna::query
