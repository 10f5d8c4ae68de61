#include "db/postgres/migrate.hpp"

namespace vanna::postgres {
namespace {

struct expected_table {
    std::string_view name;
    std::string_view columns;  // "name type" separated by commas, types as format_type() writes them
};

constexpr expected_table tables[] = {
    {"users",
     "id uuid, email text, password_hash text, full_name text, role text, is_active boolean, "
     "session_epoch bigint, last_login timestamp with time zone, last_query_at timestamp with time zone, "
     "created_at timestamp with time zone, updated_at timestamp with time zone"},
    {"queries",
     "id uuid, record_key uuid, user_id uuid, conversation_id uuid, target text, question text, sql text, "
     "params text, generator text, status text, error text, result_count bigint, "
     "duration_ms double precision, truncated boolean, cached boolean, target_version text, "
     "created_at timestamp with time zone, executed_at timestamp with time zone"},
    {"feedback",
     "id uuid, query_id uuid, user_id uuid, rating integer, comment text, created_at timestamp with time "
     "zone"},
    {"audit_logs",
     "id uuid, user_id uuid, email text, action text, resource text, changes jsonb, request_id text, ip "
     "text, "
     "status text, timestamp timestamp with time zone"},
    {"configurations",
     "id uuid, key text, value text, description text, is_secret boolean, updated_at timestamp with time "
     "zone"},
    {"business_ontologies",
     "id uuid, term_name text, description text, synonyms text[], data_source text, owner text"},
    {"knowledge_examples",
     "id uuid, question text, sql text, state text, proposed_by text, approved_by text, "
     "approved_at timestamp with time zone, created_at timestamp with time zone"},
    {"conversations", "id uuid, user_id uuid, title text, created_at timestamp with time zone"},
    {"refresh_tokens",
     "id uuid, user_id uuid, family_id uuid, hash bytea, expires_at timestamp with time zone, "
     "used_at timestamp with time zone, revoked_at timestamp with time zone"},
    {"password_resets", "user_id uuid, hash bytea, expires_at timestamp with time zone"},
    {"jobs",
     "id uuid, type text, state text, progress integer, stage text, error text, requested_by text, "
     "result text, owner uuid, created_at timestamp with time zone, started_at timestamp with time zone, "
     "finished_at timestamp with time zone, heartbeat timestamp with time zone, subject text, revision bigint, "
     "cancel_requested boolean"},
    {"schedules", "name text, fired_for timestamp with time zone"},
    {"backup_folder", "id boolean, marker uuid, recorded_at timestamp with time zone"},
    {"revocations",
     "id uuid, family_id uuid, user_id uuid, least_epoch bigint, expires_at timestamp with time zone"},
    {"maintenance", "id boolean, active boolean, reason text, holder uuid"},
    {"cancellations",
     "query_id uuid, requested_by uuid, by_admin boolean, created_at timestamp with time zone"},
    {"target_state", "target text, version text, origin text, size bigint, revision bigint"},
    {"knowledge_state",
     "target text, collection text, fingerprint text, schema_version text, revision bigint"},
    {"schema_versions",
     "id uuid, target text, version text, schema json, difference json, "
     "created_at timestamp with time zone"},
    {"schema_migrations", "name text, sha256 text, applied_at timestamp with time zone"},
};

constexpr char read_columns[] =
    "select c.relname, a.attname, format_type(a.atttypid, a.atttypmod) from pg_class c "
    "join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped "
    "where c.relnamespace = current_schema()::regnamespace and c.relkind in ('r', 'p')";

using found_columns = std::map<std::string, std::map<std::string, std::string, std::less<>>, std::less<>>;

// Appends what `wanted` has and `found` has not.
void compare(expected_table const& wanted, found_columns const& found, std::string& differences) {
    std::string const name(wanted.name);
    auto const table = found.find(wanted.name);
    if (table == found.end()) {
        differences += "; table " + name + " is missing";
        return;
    }
    for (auto rest = wanted.columns; !rest.empty();) {
        auto const end = std::min(rest.find(", "), rest.size());
        auto const column = rest.substr(0, end);
        rest.remove_prefix(std::min(end + 2, rest.size()));
        auto const space = column.find(' ');
        auto const have = table->second.find(column.substr(0, space));
        auto const type = column.substr(space + 1);
        if (have == table->second.end())
            differences += "; column " + name + "." + std::string(column.substr(0, space)) + " is missing";
        else if (have->second != type)
            differences += "; column " + name + "." + have->first + " is " + have->second + ", expected " +
                           std::string(type);
    }
}

}  // namespace

awaitable<result<void>> validate_schema(address where, deadline limit) {
    auto on = co_await session::open(where, limit);
    if (!on) co_return on.error();
    auto const columns = co_await (*on)->execute(read_columns, params{}, limit);
    if (!columns) co_return columns.error();
    found_columns found;
    for (int i = 0; i < columns->size(); ++i)
        found[(*columns)[i].string(0)].emplace((*columns)[i].string(1), (*columns)[i].string(2));
    std::string differences;
    for (auto const& table : tables)
        compare(table, found, differences);
    if (!differences.empty())
        co_return error{errc::conflict,
                        public_text{"the system database is not as expected: " + differences.substr(2) +
                                    "; restore it, or run vanna-engine init on an empty one"}}
            .with_type("schema-mismatch");
    co_return result<void>{};
}

}  // namespace vanna::postgres
