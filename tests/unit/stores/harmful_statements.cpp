#include "tests/unit/stores/harmful_statements.hpp"

#include <iterator>
#include <utility>

namespace vanna::test {
namespace {

// {victim}: the number of another session's process; {file}: one that is not there.
constexpr std::string_view calls[] = {
    "pg_terminate_backend({victim})",
    "pg_cancel_backend({victim})",
    "pg_log_backend_memory_contexts({victim})",
    "pg_read_file('/etc/passwd')",
    "pg_read_binary_file('/etc/passwd')",
    "pg_ls_dir('/')",
    "pg_ls_logdir()",
    "pg_ls_tmpdir()",
    "pg_stat_file('/etc/passwd')",
    "pg_current_logfile()",
    "lo_import('/etc/passwd')",
    "lo_export(lo_from_bytea(0, 'x'), '{file}')",
    "lo_create(0)",
    "lo_creat(-1)",
    "lo_put(1, 0, 'x')",
    "lo_unlink(1)",
    "lowrite(0, 'x')",
    "pg_file_write('{file}', 'x', false)",
    "set_config('session_replication_role', 'replica', false)",
    "current_setting('data_directory')",
    "pg_reload_conf()",
    "pg_rotate_logfile()",
    "pg_promote()",
    "pg_switch_wal()",
    "pg_create_restore_point('x')",
    "pg_backup_start('x')",
    "pg_create_physical_replication_slot('vanna_trap')",
    "pg_create_logical_replication_slot('vanna_trap', 'pgoutput')",
    "pg_replication_origin_create('vanna_trap')",
    "pg_logical_emit_message(false, 'a', 'b')",
    "pg_export_snapshot()",
    "pg_stat_reset()",
    "pg_stat_reset_shared('bgwriter')",
    "pg_advisory_lock(7)",
    "pg_advisory_lock_shared(7)",
    "pg_try_advisory_lock(7)",
    "pg_notify('a', 'b')",
    "pg_sleep(60)",
    "nextval('numbers')",
    "setval('numbers', 99)",
    "setseed(0.5)",
    "txid_current()",
    "pg_get_viewdef('x')",
    "query_to_xml('delete from customers', true, true, '')",
    "query_to_xml_and_xmlschema('delete from customers', true, true, '')",
    "table_to_xml('customers', true, true, '')",
    "database_to_xml(true, true, '')",
    "ts_stat('delete from customers')",
    "dblink('dbname=postgres', 'select 1')",
    "dblink_exec('dbname=postgres', 'delete from customers')",
    "own_write()",
    "public.own_write()",
};

constexpr std::string_view statements[] = {
    "COPY customers FROM PROGRAM 'touch {file}'",
    "COPY customers TO PROGRAM 'touch {file}'",
    "COPY (SELECT 1) TO '{file}'",
    "COPY customers FROM '/etc/passwd'",
    "COPY (SELECT pg_terminate_backend({victim})) TO STDOUT",
    "WITH x AS (DELETE FROM customers RETURNING *) SELECT * FROM x",
    "WITH x AS (INSERT INTO customers VALUES (51, 'x') RETURNING 1) SELECT count(*) FROM x",
    "SELECT * INTO kept FROM customers",
    "EXPLAIN ANALYZE DELETE FROM customers",
    "EXPLAIN ANALYZE SELECT pg_terminate_backend({victim})",
    "SELECT * FROM customers FOR UPDATE",
    "DELETE FROM customers",
    "UPDATE customers SET name = 'x'",
    "INSERT INTO customers VALUES (51, 'x')",
    "MERGE INTO customers USING customers c ON true WHEN MATCHED THEN DELETE",
    "TRUNCATE customers",
    "DROP TABLE customers",
    "DROP OWNED BY current_user",
    "REASSIGN OWNED BY current_user TO postgres",
    "CREATE TABLE kept (x int)",
    "CREATE TABLE kept AS SELECT 1",
    "CREATE FUNCTION kept() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    "CREATE FUNCTION kept() RETURNS int LANGUAGE c AS '/tmp/x.so'",
    "CREATE EXTENSION dblink",
    "CREATE SERVER kept FOREIGN DATA WRAPPER x",
    "CREATE ROLE kept SUPERUSER",
    "CREATE DATABASE kept",
    "CREATE SUBSCRIPTION kept CONNECTION 'dbname=postgres' PUBLICATION x",
    "CREATE TABLESPACE kept LOCATION '/tmp'",
    "GRANT ALL ON customers TO public",
    "GRANT pg_execute_server_program TO current_user",
    "ALTER ROLE current_user SUPERUSER",
    "ALTER ROLE current_user SET default_transaction_read_only = off",
    "ALTER SYSTEM SET geqo_seed = 0.5",
    "SET default_transaction_read_only = off",
    "SET session_replication_role = replica",
    "SET SESSION AUTHORIZATION postgres",
    "SET ROLE postgres",
    "SET TRANSACTION READ WRITE",
    "RESET ALL",
    "SHOW data_directory",
    "CHECKPOINT",
    "VACUUM",
    "LOAD 'x'",
    "LOCK TABLE customers",
    "LISTEN x",
    "NOTIFY x",
    "PREPARE x AS DELETE FROM customers",
    "DECLARE c CURSOR WITH HOLD FOR SELECT 1",
    "CALL own_procedure()",
    "DO $$ BEGIN DELETE FROM customers; COMMIT; END $$",
    "DO $$ BEGIN EXECUTE 'COPY customers TO PROGRAM ''touch {file}'''; END $$",
    "COMMIT",
    "COMMIT AND CHAIN",
    "SELECT 1; COMMIT; DELETE FROM customers",
    "SELECT * FROM pg_authid",
    "SELECT * FROM pg_catalog.pg_shadow",
    "SELECT * FROM pg_hba_file_rules",
    "SELECT * FROM pg_file_settings",
    "SELECT query FROM pg_stat_activity",
    "SELECT data FROM pg_largeobject",
    "SELECT option_value FROM information_schema.user_mapping_options",
};

// Calls of one argument, which may be written after a dot: argument, function.
constexpr std::pair<std::string_view, std::string_view> dotted_calls[] = {
    {"{victim}", "pg_terminate_backend"},
    {"{victim}", "pg_cancel_backend"},
    {"{victim}", "pg_log_backend_memory_contexts"},
    {"'/etc/passwd'::text", "pg_read_file"},
    {"'/etc/passwd'::text", "pg_read_binary_file"},
    {"'/'::text", "pg_ls_dir"},
    {"'/etc/passwd'::text", "pg_stat_file"},
    {"'/etc/passwd'::text", "lo_import"},
    {"0::oid", "lo_create"},
    {"-1", "lo_creat"},
    {"1::oid", "lo_unlink"},
    {"'data_directory'::text", "current_setting"},
    {"'x'::text", "pg_create_restore_point"},
    {"'x'::text", "pg_backup_start"},
    {"'vanna_trap'::name", "pg_create_physical_replication_slot"},
    {"'vanna_trap'::text", "pg_replication_origin_create"},
    {"'bgwriter'::text", "pg_stat_reset_shared"},
    {"NULL::int", "pg_stat_get_activity"},
    {"7::bigint", "pg_advisory_lock"},
    {"7::bigint", "pg_try_advisory_lock"},
    {"60::float8", "pg_sleep"},
    {"'numbers'::regclass", "nextval"},
    {"0.5::float8", "setseed"},
    {"'customers'::regclass::oid", "pg_get_viewdef"},
    {"'delete from customers'::text", "ts_stat"},
    {"1", "own_write_of"},
};
constexpr std::string_view dotted_places[] = {
    "SELECT ({argument}).{function}",
    "SELECT (x.y).{function} FROM (SELECT {argument} AS y) x",
    "SELECT g.{function} FROM unnest(ARRAY[{argument}]) g",
    "SELECT id FROM customers ORDER BY (({argument}).{function})::text",
};

// Where a call can stand.
constexpr std::string_view places[] = {
    "SELECT {call}",
    "SELECT pg_catalog.{call}",
    "SELECT x FROM {call} AS x",
    "SELECT id FROM customers ORDER BY ({call})::text",
    "WITH x AS MATERIALIZED (SELECT {call}) SELECT count(*) FROM x",
    "SELECT count(*) FILTER (WHERE {call} IS NULL) FROM customers",
};

}  // namespace

std::string filled(std::string_view text, std::string_view name, std::string_view with) {
    std::string out(text);
    for (auto at = out.find(name); at != out.npos; at = out.find(name, at + with.size()))
        out.replace(at, name.size(), with);
    return out;
}

std::vector<std::string> harmful_statements(std::string_view victim, std::string_view file) {
    std::vector<std::string> out(std::begin(statements), std::end(statements));
    for (auto call : calls)
        for (auto place : places)
            out.push_back(filled(place, "{call}", call));
    for (auto [argument, function] : dotted_calls)
        for (auto place : dotted_places)
            out.push_back(filled(filled(place, "{argument}", argument), "{function}", function));
    for (auto& trap : out)
        trap = filled(filled(trap, "{victim}", victim), "{file}", file);
    return out;
}

}  // namespace vanna::test
