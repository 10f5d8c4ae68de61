#include "db/postgres/system_tables.hpp"

#include <algorithm>

namespace vanna::postgres {
namespace {

constexpr system_table tables[] = {
    {"users", at_restore::replaced,
     "id uuid, email text, password_hash text, full_name text, role text, is_active boolean, "
     "session_epoch bigint, last_login timestamp with time zone, last_query_at timestamp with time zone, "
     "created_at timestamp with time zone, updated_at timestamp with time zone"},
    {"conversations", at_restore::replaced,
     "id uuid, user_id uuid, title text, created_at timestamp with time zone, "
     "updated_at timestamp with time zone"},
    {"queries", at_restore::replaced,
     "id uuid, record_key uuid, user_id uuid, conversation_id uuid, target text, question text, sql text, "
     "params text, generator text, status text, error text, result_count bigint, "
     "duration_ms double precision, truncated boolean, cached boolean, target_version text, "
     "created_at timestamp with time zone, executed_at timestamp with time zone"},
    {"feedback", at_restore::replaced,
     "id uuid, query_id uuid, user_id uuid, rating integer, comment text, "
     "created_at timestamp with time zone"},
    {"configurations", at_restore::replaced,
     "id uuid, key text, value text, description text, is_secret boolean, "
     "updated_at timestamp with time zone"},
    {"business_ontologies", at_restore::replaced,
     "id uuid, term_name text, description text, synonyms text[], data_source text, owner text, "
     "created_at timestamp with time zone, updated_at timestamp with time zone"},
    {"knowledge_examples", at_restore::replaced,
     "id uuid, question text, sql text, state text, proposed_by text, approved_by text, "
     "approved_at timestamp with time zone, created_at timestamp with time zone, columns text[], "
     "checked_version text, checked_at timestamp with time zone, problem text"},
    {"schema_versions", at_restore::replaced,
     "id uuid, target text, version text, schema json, difference json, "
     "created_at timestamp with time zone"},
    {"audit_logs", at_restore::gains,
     "id uuid, user_id uuid, email text, action text, resource text, changes jsonb, request_id text, "
     "ip text, status text, timestamp timestamp with time zone"},
    {"jobs", at_restore::gains,
     "id uuid, type text, state text, progress integer, stage text, error text, requested_by text, "
     "result text, owner uuid, created_at timestamp with time zone, started_at timestamp with time zone, "
     "finished_at timestamp with time zone, heartbeat timestamp with time zone, subject text, "
     "revision bigint, cancel_requested boolean"},
    {"revocations", at_restore::gains,
     "id uuid, family_id uuid, user_id uuid, least_epoch bigint, expires_at timestamp with time zone, "
     "created_at timestamp with time zone"},
    {"refresh_tokens", at_restore::emptied,
     "id uuid, user_id uuid, family_id uuid, hash bytea, expires_at timestamp with time zone, "
     "used_at timestamp with time zone, revoked_at timestamp with time zone, "
     "created_at timestamp with time zone",
     false},
    {"password_resets", at_restore::emptied,
     "user_id uuid, hash bytea, expires_at timestamp with time zone, created_at timestamp with time zone",
     false},
    {"schedules", at_restore::kept, "name text, fired_for timestamp with time zone"},
    {"backup_folder", at_restore::kept, "id boolean, marker uuid, recorded_at timestamp with time zone"},
    {"maintenance", at_restore::kept,
     "id boolean, active boolean, reason text, updated_at timestamp with time zone, holder uuid"},
    {"cancellations", at_restore::kept,
     "query_id uuid, requested_by uuid, by_admin boolean, created_at timestamp with time zone", false},
    {"target_state", at_restore::kept,
     "target text, version text, origin text, size bigint, revision bigint, "
     "updated_at timestamp with time zone"},
    {"knowledge_state", at_restore::kept,
     "target text, collection text, fingerprint text, schema_version text, revision bigint, "
     "updated_at timestamp with time zone"},
    {"schema_migrations", at_restore::kept,
     "name text, sha256 text, applied_at timestamp with time zone, engine text"},
};

}  // namespace

std::span<system_table const> system_tables() {
    return tables;
}

std::vector<std::string> column_names(system_table const& of) {
    std::vector<std::string> out;
    for (auto rest = of.columns; !rest.empty();) {
        auto const end = std::min(rest.find(", "), rest.size());
        out.emplace_back(rest.substr(0, rest.find(' ')));
        rest.remove_prefix(std::min(end + 2, rest.size()));
    }
    return out;
}

}  // namespace vanna::postgres
