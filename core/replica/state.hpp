// What all replicas agree on through PostgreSQL rows, LISTEN/NOTIFY and a poll every 500 ms: revocations, the
// current target and collection, live configuration, cancellations, maintenance.
#pragma once
#include <boost/json.hpp>

#include "core/async/awaitable.hpp"
#include "core/page.hpp"

namespace vanna::replica {

struct revocation {
    uuid id;
    std::optional<uuid> family_id;  // log-out: tokens of this refresh family
    std::optional<uuid> user_id;    // epoch revocation: tokens of this user …
    std::int64_t least_epoch = 0;   // … with a smaller epoch
    instant expires_at{};
};

struct target_state {
    std::string version;  // SHA-256, hex; empty: not set yet
    std::string origin;   // "source" or "backup:<id>"
    std::uint64_t size = 0;
    std::int64_t revision = 0;  // grows with every move
};

struct knowledge_state {
    std::string collection;   // empty: never trained
    std::string fingerprint;  // embedder: name, model, dimension
    std::string schema_version;
    std::int64_t revision = 0;
    std::optional<instant> moved_at = {};  // when the collection became current
};

struct cancellation {
    uuid query_id, requested_by;
    bool by_admin = false;
};

struct configuration_row {
    std::string key, value, description;
    bool is_secret = false;
    instant updated_at{};
};

struct maintenance {
    bool active = false;
    std::string reason;
    uuid holder = {};  // the job that switched it on; nil: nobody in particular
};

struct snapshot {
    std::vector<revocation> revocations;      // not expired
    std::vector<cancellation> cancellations;  // of the last minute
    std::vector<configuration_row> configuration;
    target_state target;
    knowledge_state knowledge;
    replica::maintenance maintenance;
};

class store {
  public:
    virtual ~store() = default;
    virtual awaitable<result<snapshot>> read(deadline limit) = 0;  // everything, in one statement's snapshot
    // And notify. rate_limited: the user has asked for too many within a minute.
    virtual awaitable<result<void>> request_cancel(cancellation what, deadline limit) = 0;
    // Moves the row if its revision still is `expected`; conflict otherwise. Notifies.
    virtual awaitable<result<target_state>> move_target(target_state to, std::int64_t expected,
                                                        deadline limit) = 0;
    virtual awaitable<result<knowledge_state>> move_knowledge(knowledge_state to, std::int64_t expected,
                                                              deadline limit) = 0;
    virtual awaitable<result<void>> put_configuration(configuration_row row,
                                                      deadline limit) = 0;  // upsert, notify
    virtual awaitable<result<void>> remove_configuration(std::string key, deadline limit) = 0;  // not_found
    // Keeps writers away from the whole system, or lets them in again; notifies. conflict: another holder has
    // it on.
    virtual awaitable<result<void>> set_maintenance(replica::maintenance to, deadline limit) = 0;
    // Schema versions of the target: records `schema` (JSON) if it differs from the newest; returns whether
    // it did.
    virtual awaitable<result<bool>> record_schema(std::string target, std::string version,
                                                  boost::json::value schema, boost::json::value difference,
                                                  deadline limit) = 0;
    struct schema_version {
        uuid id;
        std::string target, version;
        boost::json::value schema, difference;
        instant created_at{};
    };
    virtual awaitable<result<page<schema_version>>> schema_versions(std::string target, page_request which,
                                                                    deadline limit) = 0;  // newest first
};

}  // namespace vanna::replica
