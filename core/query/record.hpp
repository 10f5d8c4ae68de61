// The record of a query: what is appended to the spool before the answer leaves and reaches `queries`,
// `audit_logs` and `last_query_at` within 50 ms; and the stores that hold and list such records and the
// feedback on them.
#pragma once
#include <boost/json.hpp>

#include "core/async/awaitable.hpp"
#include "core/audit/entry.hpp"
#include "core/auth/principal.hpp"

namespace vanna::query {

enum class status { pending, success, error, cancelled, timeout, refused };
std::string_view to_string(status s);
std::optional<status> parse_status(std::string_view text);

struct record {
    uuid key = new_id();  // the record's own: a replay is recognised by it
    uuid id;              // the query's; the client may have chosen it
    uuid user_id;
    std::string email;
    std::optional<uuid> conversation_id;
    std::string target;    // "default"; several targets come later
    std::string action;    // audit action: "query.run", "query.ask", "query.export"
    std::string question;  // empty for plain SQL
    std::string sql;
    std::string params;     // JSON text, empty: none
    std::string generator;  // empty for plain SQL
    query::status status = status::pending;
    std::string error;
    std::int64_t result_count = 0;
    std::int64_t duration_us = 0;
    bool truncated = false, cached = false;
    std::string target_version;
    instant created_at{}, executed_at{};
    std::string request_id, ip;
    bool is_audit_only = false;         // `audit` alone is to be written; the query fields mean nothing
    std::optional<audit::entry> audit;  // audit_only, or an extra entry to write with the query
};

// A record that carries nothing but an audit entry.
record audit_only(audit::entry entry);

// Puts records where a kill -9 of the process cannot lose them. One a worker; append() is one write(2), no
// fsync.
class recorder {
  public:
    virtual ~recorder() = default;
    // overloaded: the spool is at its limit (PostgreSQL has been away too long); then the query must not be
    // answered.
    virtual result<void> append(record const& r) = 0;
    virtual bool has_room() const = 0;
};

struct feedback {
    uuid id, query_id, user_id;
    int rating = 0;
    std::string comment;
    instant created_at{};
};

struct history_filter {
    std::optional<uuid> user_id;               // nothing: everybody's (admin)
    std::string status = {};                   // empty: any
    std::optional<uuid> conversation_id = {};  // of this user's conversation alone
};

class store {
  public:
    virtual ~store() = default;
    // Writes a batch in one transaction: exactly once by record key; a different record under a taken id is
    // stored under its key as id and audited; a user that is gone does not block the others. Returns how many
    // rows were new.
    virtual awaitable<result<std::size_t>> commit(std::vector<record> batch, deadline limit) = 0;
    virtual awaitable<result<bool>> exists(uuid id, deadline limit) = 0;
    virtual awaitable<result<record>> get(uuid id, deadline limit) = 0;  // not_found
    virtual awaitable<result<page<record>>> list(history_filter which, page_request page, deadline limit) = 0;
    // One a user and query: a second replaces the first. not_found: no such query.
    virtual awaitable<result<feedback>> give_feedback(feedback given, deadline limit) = 0;
};

}  // namespace vanna::query
