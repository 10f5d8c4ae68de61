// Every setting of the engine, read once at start: command line > environment > live rows > env file >
// default. `definitions()` is the only list of them; --help, config/.env.example, the README's table and
// `config show` come from it. The parsed `settings` is an immutable value; live keys make a new one.
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace vanna::config {

struct settings {
    std::string app_env;
    std::string host;
    std::uint64_t port, workers;
    std::string tls_cert_file, tls_key_file, trusted_proxies, cors_origins;
    std::string database_url, db_type, postgres_host;
    std::uint64_t postgres_port;
    std::string postgres_user, postgres_password, postgres_db;
    std::uint64_t postgres_pool_size;
    bool enable_target_db;
    std::string target_database_url, target_db_source, target_db_path, target_timezone;
    std::string chroma_host;
    std::uint64_t chroma_port;
    std::string chroma_collection;
    std::uint64_t chroma_batch_size;
    bool auto_train_chroma;
    std::string embedding_provider, embedding_url, embedding_model, embedding_api_key;
    std::string llm_base_url, llm_model, llm_api_key;
    std::uint64_t llm_timeout_ms;
    bool llm_send_samples;
    std::string redis_url;
    bool seed_demo_data;
    std::string init_admin_username, init_admin_password;
    std::string jwt_secret, jwt_previous_secret;
    std::uint64_t jwt_ttl_seconds, refresh_ttl_days;
    bool open_registration;
    std::string encryption_key, encryption_previous_key;
    std::string backup_dir;
    std::uint64_t backup_retention_count;
    std::string backup_schedule;
    bool backup_encrypt;
    std::string backup_signing_key, train_schedule;
    std::uint64_t query_timeout_ms, query_max_rows, query_max_bytes, query_concurrency_per_user,
        query_rate_per_minute;
    std::uint64_t export_max_rows, export_timeout_ms, result_cache_ttl_seconds;
    std::uint64_t audit_retention_days, query_history_days;
    std::string spool_dir;
    std::uint64_t max_header_bytes, max_body_bytes, max_sql_bytes, max_question_chars, max_connections;
    std::uint64_t shutdown_drain_seconds, shutdown_grace_seconds;
    std::string metrics_token;
    std::string log_level, log_format, log_dir;
    bool debug;
};

enum class kind { text, url, choice, number, bytes, boolean };  // url: may hold a password

struct definition {
    std::string_view name;
    kind type;
    std::string_view default_value;
    std::string_view help;
    std::variant<std::string settings::*, std::uint64_t settings::*, bool settings::*> field;
    std::string_view choices = {};  // for choice: "a|b|c"
    std::uint64_t least = 0, most = UINT64_MAX;
    bool secret = false;
    bool live = false;
    std::string_view alias = {};
};

std::span<definition const> definitions();
definition const* find(std::string_view name);  // by name or alias; nullptr when unknown

enum class origin { built_in, env_file, live_row, environment, command_line };
std::string_view to_string(origin o);

struct problem {
    std::string name, message;  // message masks secrets and says what was expected
};

struct loaded {
    settings values;
    std::map<std::string, origin, std::less<>> origins;  // by setting name; absent: built in
    std::vector<problem> problems;                       // not empty: do not start (exit 78)
    std::vector<std::string> warnings;                   // unknown names in the env file, and the like
};

using name_values = std::map<std::string, std::string, std::less<>>;

struct sources {
    name_values command_line, environment, live_rows;
    std::string env_file;  // a path; empty: none
};

// Reads, converts and checks everything; reports every wrong value at once.
loaded load(sources const& from);
// Reads one env file (NAME=value lines, # comments, optional quotes); problems name the line.
name_values read_env_file(std::string const& path, std::vector<problem>& problems);
// The process environment, restricted to known names, their aliases and NAME_FILE forms.
name_values known_environment();

// One setting as text, secrets masked ("***"), passwords in URLs masked.
std::string show(settings const& values, definition const& d);
// Checks one value as load() would; the message, or nothing when it is good.
std::optional<std::string> check(definition const& d, std::string_view value);
// A copy of `base` with one live value replaced. The value must have passed check().
settings with_value(settings base, definition const& d, std::string_view value);

// The PostgreSQL URL that DATABASE_URL or the POSTGRES_* parts give.
std::string postgres_url(settings const& values);
// What the target is: nothing, a SQLite file (its source path), a PostgreSQL URL, or the schema `demo` of the
// System DB.
struct target_address {
    enum class engine { none, sqlite, postgresql, demo } type = engine::none;
    std::string source;  // path of the protected original, or the URL
};
target_address target_of(settings const& values);

// Texts made from the table: config/.env.example and the README's table.
std::string env_example();
std::string markdown_table();

}  // namespace vanna::config
