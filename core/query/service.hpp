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

    // A query that was counted: once against QUERY_RATE_PER_MINUTE, and against QUERY_CONCURRENCY_PER_USER
    // while this lives. It can be cancelled under its id, though no statement may exist yet. Must not outlive
    // the service.
    class admission;
    // run() in two steps, for a question whose statement is still to be made. Same errors as run().
    awaitable<result<admission>> admit(asker by, request what);
    // With `may_follow`, a statement that is wrong in itself (is_wrong()) is not recorded yet: another
    // attempt takes the id, and this one is recorded under an id of its own; settle() when none follows.
    awaitable<result<answer>> attempt(asker by, request what, admission& of, bool may_follow);
    result<void> settle(admission& of);

    // A result in full, as slices, up to EXPORT_MAX_ROWS: the statement runs again as `by`, and an audit
    // entry says how that began. The returned entry keeps the query cancellable; hold it with the cursor.
    struct exported {
        sql::opened first;
        running::entry registered;
    };
    struct export_request {
        uuid query_id;
        sql::statement what;
        std::string target_version;  // conflict "target-changed" on any other; empty: whatever there is
        sql::row_format format = sql::row_format::json;
        bool neutralise_formulas = false;
        std::shared_ptr<sql::stop_flag> stop;
    };
    awaitable<result<exported>> export_rows(asker by, export_request what);

    query::counters const& counters() const { return counters_; }

  private:
    awaitable<result<void>> limit_rate(uuid user, std::uint64_t per_minute);
    result<void> validate(request const& what, config::settings const& s) const;
    result<void> validate_size(request const& what, config::settings const& s) const;
    awaitable<result<exported>> open_export(asker const& by, export_request const& what);
    awaitable<std::shared_ptr<outcome const>> fetch(uuid by, request const& what, config::settings const& s,
                                                    deadline until, bool& cached);
    awaitable<outcome> execute(uuid by, request const& what, sql::limits caps, deadline until);
    record record_of(asker const& by, request const& what, uuid id, outcome const& body, bool cached,
                     instant began, std::chrono::microseconds took) const;
    void count(outcome const& body, std::chrono::microseconds took);

    shared_state shared_;
    recorder& records_;
    result_cache* cache_;
    auth::rate_limits* limits_;
    store& history_;
    query::counters counters_;
};

class service::admission {
  public:
    admission(recorder& records, uuid id, bool is_given, running::entry registered)
        : records_(&records), id_(id), is_given_(is_given), registered_(std::move(registered)) {}
    admission(admission&& other) noexcept
        : records_(other.records_),
          id_(other.id_),
          is_given_(other.is_given_),
          registered_(std::move(other.registered_)),
          failed_(std::exchange(other.failed_, std::nullopt)) {}
    admission& operator=(admission&&) = delete;
    // The asker left between two attempts: the failed one is recorded all the same.
    ~admission() {
        if (failed_) (void)keep(*failed_);
    }

  private:
    friend class service;
    // An id that a client gave stays known once something is recorded under it.
    result<void> keep(record const& made) {
        auto kept = records_->append(made);
        if (kept && is_given_ && made.id == id_) registered_.remember();
        return kept;
    }

    recorder* records_;
    uuid id_;
    bool is_given_;
    running::entry registered_;
    std::optional<record> failed_;  // an attempt that another one may follow
};

// The statement itself did not work, as against a moment or a caller that it did not suit.
bool is_wrong(vanna::error const& statement);

// The JSON text of parameters as they are stored and audited: an array, an object, or empty when there are
// none.
std::string params_json(sql::statement const& what);
// The other way, from a request's or a record's "params": null, array or object of null, boolean, number,
// string.
result<void> set_params(sql::statement& what, boost::json::value const& params);

}  // namespace vanna::query
