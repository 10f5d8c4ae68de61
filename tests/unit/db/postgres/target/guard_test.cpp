#include "db/postgres/target/guard.hpp"

#include <boost/test/unit_test.hpp>

#include "db/postgres/target/syntax.hpp"

namespace vanna::pg_target {
namespace {

constexpr std::size_t most = 1 << 20;

// "" for what passes, the rule of what is refused, else the kind of error.
std::string rule_of(std::string_view sql, own_names const& known = {}) {
    auto const verdict = check_statement(sql, most, known);
    if (verdict) return "";
    return verdict.error().code == errc::query_refused ? verdict.error().rule
                                                       : std::string(to_string(verdict.error().code));
}

std::string repeated(std::string_view text, std::size_t times) {
    std::string out;
    for (std::size_t i = 0; i < times; ++i)
        out += text;
    return out;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(pg_guard)

BOOST_AUTO_TEST_CASE(reads_pass) {
    for (auto sql :
         {"SELECT 1",
          "select 1;",
          " /* a */ SELECT 1 -- end",
          "VALUES (1), (2)",
          "TABLE customers",
          "SELECT",
          "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5) SELECT * FROM n",
          "WITH RECURSIVE g AS (SELECT 1 AS a) SEARCH DEPTH FIRST BY a SET o CYCLE a SET c USING p TABLE g",
          "SELECT 'DELETE FROM x; DROP TABLE y', $$ ; $$, E'\\'; --'",
          "SELECT \"delete\", \"into\" FROM \"update\"",
          "SELECT count(*) FILTER (WHERE a > 1) OVER (PARTITION BY b ORDER BY c ROWS 1 PRECEDING) FROM t",
          "SELECT DISTINCT ON (a) a, lower(b) FROM s.t AS x JOIN u USING (a) LEFT JOIN LATERAL (SELECT 1) y "
          "ON true",
          "SELECT extract(year FROM d), d AT TIME ZONE 'UTC', current_date, interval '1 day', trim(both 'x' "
          "FROM y)",
          "SELECT substring(a FROM 1 FOR 2), position('a' IN b), overlay(a PLACING b FROM 1), a SIMILAR TO "
          "'b'",
          "SELECT a LIKE 'x!%' ESCAPE '!', a IS DISTINCT FROM b, a BETWEEN 1 AND 2, NOT a, a IN (1, 2), "
          "a[1:2], (r).f",
          "SELECT CASE a WHEN 1 THEN 2 ELSE 3 END, COALESCE(a, b), GREATEST(1, 2), NULLIF(a, b), ROW(1, 2), "
          "ARRAY[1]",
          "SELECT a::int, CAST(b AS numeric(10, 2)), 'x'::regclass, $1 + $2, x COLLATE \"C\", B'101', -1",
          "SELECT GROUPING(a), sum(b) FROM t GROUP BY ROLLUP (a), GROUPING SETS ((a), ()) HAVING sum(b) > 1",
          "SELECT * FROM generate_series(1, 3) WITH ORDINALITY AS g(a, b), t TABLESAMPLE "
          "system (1)",
          "SELECT * FROM json_to_recordset('[]') AS x(a int, b text)",
          "SELECT pg_catalog.lower('A')",
          "SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY a) FROM t",
          "SELECT make_date(year => 2024, month => 1, day => 1)",
          "SELECT 1 OPERATOR(pg_catalog.+) 2",
          "SELECT 1 UNION SELECT 2 INTERSECT SELECT 3 EXCEPT SELECT 4",
          "SELECT * FROM information_schema.columns",
          "SELECT a FROM t ORDER BY a USING < NULLS LAST LIMIT 1 OFFSET 2",
          "SELECT EXISTS (SELECT 1), 1 = ANY (SELECT 1), 1 = ALL (ARRAY[1]), ARRAY(SELECT 1)"})
        BOOST_TEST(rule_of(sql) == "", sql);
}

BOOST_AUTO_TEST_CASE(what_is_not_a_read_is_refused_by_rule) {
    for (auto [sql, rule] :
         {std::pair{"INSERT INTO t VALUES (1)", "read-only"},
          {"-- SELECT\nUPDATE t SET a = 1", "read-only"},
          {"DELETE FROM t", "read-only"},
          {"MERGE INTO t USING u ON true WHEN MATCHED THEN DELETE", "read-only"},
          {"WITH x AS (DELETE FROM t RETURNING *) SELECT * FROM x", "read-only"},
          {"WITH x AS (SELECT 1) DELETE FROM t", "read-only"},
          {"SELECT * FROM (WITH y AS (UPDATE t SET a = 1 RETURNING a) TABLE y) z", "read-only"},
          {"SELECT 1 INTO x", "read-only"},
          {"SELECT 1 UNION SELECT 2 INTO TEMP x", "read-only"},
          {"SELECT * INTO TEMP x FROM t", "read-only"},
          {"CREATE TABLE t (a int)", "read-only"},
          {"CREATE TABLE t AS SELECT 1", "read-only"},
          {"CREATE TEMP VIEW v AS SELECT 1", "read-only"},
          {"DROP TABLE t", "read-only"},
          {"TRUNCATE t", "read-only"},
          {"GRANT ALL ON t TO public", "read-only"},
          {"VACUUM", "read-only"},
          {"NOTIFY x", "read-only"},
          {"LISTEN x", "read-only"},
          {"PREPARE x AS SELECT 1", "read-only"},
          {"EXECUTE x", "read-only"},
          {"DECLARE c CURSOR FOR SELECT 1", "read-only"},
          {"FETCH ALL FROM vanna", "read-only"},
          {"CLOSE vanna", "read-only"},
          {"DISCARD ALL", "read-only"},
          {"CHECKPOINT", "read-only"},
          {"LOAD 'x'", "read-only"},
          {"REFRESH MATERIALIZED VIEW v", "read-only"},
          {"COPY t TO PROGRAM 'sh'", "copy"},
          {"COPY (SELECT 1) TO '/tmp/x'", "copy"},
          {"EXPLAIN SELECT 1", "explain"},
          {"EXPLAIN ANALYZE DELETE FROM t", "explain"},
          {"SET ROLE postgres", "setting"},
          {"RESET ALL", "setting"},
          {"SHOW search_path", "setting"},
          {"BEGIN", "transaction"},
          {"COMMIT", "transaction"},
          {"ROLLBACK", "transaction"},
          {"LOCK t", "locking"},
          {"DO $$ BEGIN END $$", "code"},
          {"CALL p()", "code"},
          {"SELECT * FROM t FOR UPDATE", "locking"},
          {"SELECT * FROM (SELECT * FROM t FOR SHARE) x", "locking"},
          {"WITH x AS (SELECT * FROM t FOR KEY SHARE) TABLE x", "locking"},
          {"SELECT 1; SELECT 2", "single-statement"},
          {"SELECT 1; COMMIT; DROP TABLE t", "single-statement"}})
        BOOST_TEST(rule_of(sql) == rule, sql);
}

BOOST_AUTO_TEST_CASE(functions_that_do_harm_in_a_read_only_transaction_are_refused_wherever_they_stand) {
    for (auto name : {"pg_terminate_backend",
                      "pg_cancel_backend",
                      "pg_sleep",
                      "pg_advisory_lock",
                      "pg_try_advisory_lock",
                      "pg_advisory_xact_lock",
                      "lo_create",
                      "lo_import",
                      "lo_export",
                      "lo_unlink",
                      "lo_get",
                      "lo_put",
                      "set_config",
                      "current_setting",
                      "dblink",
                      "dblink_exec",
                      "dblink_connect",
                      "pg_read_file",
                      "pg_read_binary_file",
                      "pg_ls_dir",
                      "pg_stat_file",
                      "nextval",
                      "setval",
                      "pg_notify",
                      "pg_reload_conf",
                      "pg_rotate_logfile",
                      "pg_promote",
                      "pg_switch_wal",
                      "pg_create_restore_point",
                      "txid_current",
                      "pg_export_snapshot",
                      "query_to_xml",
                      "table_to_xml",
                      "cursor_to_xml",
                      "database_to_xml",
                      "ts_stat",
                      "ts_rewrite",
                      "pg_stat_reset",
                      "pg_logical_emit_message",
                      "pg_replication_origin_create",
                      "pg_drop_replication_slot",
                      "setseed",
                      "pg_file_write",
                      "crosstab",
                      "plpgsql_call_handler",
                      "own_function",
                      "inet_server_addr",
                      "pg_get_viewdef",
                      "pg_stat_get_activity",
                      "xpath"}) {
        std::string const call = std::string(name) + "()";
        for (auto const& sql : {"SELECT " + call,
                                "SELECT pg_catalog." + call,
                                "SELECT * FROM " + call,
                                "SELECT 1 WHERE " + call + " IS NULL",
                                "SELECT CASE WHEN true THEN " + call + " END",
                                "SELECT a FROM t GROUP BY a HAVING " + call + " IS NULL",
                                "SELECT a FROM t ORDER BY " + call,
                                "SELECT 1 LIMIT " + call,
                                "SELECT 1 FROM t JOIN u ON " + call,
                                "WITH x AS (SELECT " + call + ") TABLE x",
                                "VALUES (" + call + ")",
                                "SELECT (SELECT " + call + ")",
                                "SELECT sum(a) OVER (PARTITION BY " + call + ") FROM t",
                                "SELECT count(*) FILTER (WHERE " + call + ")",
                                "SELECT lower(" + call + ")",
                                "SELECT ARRAY[" + call + "]",
                                "SELECT a[" + call + "] FROM t",
                                "SELECT (" + call + ").x",
                                "SELECT * FROM ROWS FROM (" + call + ", unnest(a)) x",
                                "SELECT * FROM t TABLESAMPLE system (" + call + ")",
                                "SELECT 1 UNION SELECT " + call,
                                "SELECT " + call + "::text COLLATE \"C\"",
                                "SELECT DISTINCT ON (" + call + ") 1"})
            BOOST_TEST(rule_of(sql) == "function:" + std::string(name), sql);
    }
    BOOST_TEST(rule_of("SELECT public.lower('A')") == "function:lower");
    BOOST_TEST(rule_of("SELECT \"LOWER\"('A')") == "function:LOWER");
    BOOST_TEST(rule_of("SELECT db.pg_catalog.lower('A')") == "function:lower");
    BOOST_TEST(rule_of("SELECT U&\"pg\\005fsleep\"(9)") == "function:pg_sleep");
}

BOOST_AUTO_TEST_CASE(the_servers_own_tables_are_not_read) {
    for (auto [sql, rule] : {std::pair{"SELECT * FROM pg_stat_activity", "table:pg_stat_activity"},
                             {"TABLE pg_catalog.pg_authid", "table:pg_authid"},
                             {"SELECT * FROM public.pg_stat_statements", "table:pg_stat_statements"},
                             {"SELECT * FROM t, LATERAL (SELECT * FROM pg_locks) x", "table:pg_locks"},
                             {"SELECT * FROM pg_toast.x", "table:x"}})
        BOOST_TEST(rule_of(sql) == rule, sql);
}

BOOST_AUTO_TEST_CASE(names_that_would_call_the_databases_own_functions_are_refused) {
    own_names const known{.functions = {"lower"}, .operators = {"+"}, .of_values = {"wipe"}};
    BOOST_TEST(rule_of("SELECT lower('A')", known) == "function:lower");
    BOOST_TEST(rule_of("SELECT pg_catalog.lower('A')", known) == "");
    BOOST_TEST(rule_of("SELECT upper('A')", known) == "");
    BOOST_TEST(rule_of("SELECT 1 + 1", known) == "operator:+");
    BOOST_TEST(rule_of("SELECT 1 OPERATOR(pg_catalog.+) 1", known) == "");
    BOOST_TEST(rule_of("SELECT 1 OPERATOR(public.-) 1", known) == "operator:-");
    BOOST_TEST(rule_of("SELECT 1 - 1", known) == "");
    BOOST_TEST(rule_of("SELECT a + ANY (SELECT true)", known) == "operator:+");
    BOOST_TEST(rule_of("SELECT a FROM t ORDER BY a USING OPERATOR(x.<)", known) == "operator:<");
    BOOST_TEST(rule_of("SELECT t.wipe FROM t", known) == "function:wipe");
    BOOST_TEST(rule_of("SELECT (t).wipe FROM t", known) == "function:wipe");
    BOOST_TEST(rule_of("SELECT s.t.wipe FROM s.t", known) == "function:wipe");
    BOOST_TEST(rule_of("SELECT wipe FROM t", known) == "");
}

BOOST_AUTO_TEST_CASE(a_refusal_points_at_what_it_refuses_in_characters) {
    auto const at = [](std::string_view sql) { return check_statement(sql, most, {}).error().position; };
    BOOST_TEST(*at("SELECT 'ünï', pg_sleep(1)") == 14u);
    BOOST_TEST(*at("SELECT 1; /* ü */ DROP TABLE t") == 18u);
    BOOST_TEST(*at("  DELETE FROM t") == 2u);
    BOOST_TEST(*at("SELECT 'ü' + ") == 13u);
    BOOST_TEST(*at("SELECT * FROM a, pg_locks") == 17u);
}

BOOST_AUTO_TEST_CASE(what_no_parser_reads_is_invalid) {
    for (auto sql : {"", "  ", ";", "-- nothing", "SELEC 1", "SELECT 'unfinished", "SELECT ((((1)",
                     "SELECT 1 WHERE", "\xff", "SELECT '\xc3'"})
        BOOST_TEST(rule_of(sql) == "query-invalid", sql);
    BOOST_TEST(rule_of(std::string_view("SELECT 1\0; DROP", 15)) == "query-invalid");
}

BOOST_AUTO_TEST_CASE(the_statement_is_cut_out_of_what_surrounds_it) {
    auto const got = check_statement("/* ü */ SELECT 1 ; -- more", most, {});
    BOOST_REQUIRE(got);
    BOOST_TEST(got->text.ends_with("SELECT 1 "));
    BOOST_TEST(got->parameters == 0u);
    BOOST_TEST(check_statement("SELECT $2, $1, $2", most, {})->parameters == 2u);
}

BOOST_AUTO_TEST_CASE(depth_and_size_are_bounded_whatever_the_statement_is_made_of) {
    BOOST_TEST(rule_of("SELECT 1" + repeated("+1", 300)) == "");
    BOOST_TEST(rule_of("SELECT 1 WHERE a IN (1" + repeated(",1", 10'000) + ")") == "");
    BOOST_TEST(rule_of("SELECT 1 WHERE a = 1" + repeated(" OR a = 1", 5'000)) == "");
    struct chain {
        std::string_view before, part, middle, closing;
    };
    for (auto const& c : {chain{"SELECT ", "1+", "1", ""},
                          {"SELECT ", "- ", "1", ""},
                          {"SELECT ", "NOT ", "true", ""},
                          {"SELECT ", "lower(", "a", ")"},
                          {"SELECT ", "CASE WHEN ", "a", " THEN 1 END"},
                          {"", "SELECT 1 UNION ALL ", "SELECT 1", ""},
                          {"SELECT ", "(SELECT ", "1", ")"},
                          {"SELECT a", "::text", "", ""},
                          {"SELECT a", "[1]", "", ""},
                          {"SELECT ", "ARRAY[", "1", "]"},
                          {"SELECT * FROM t", " JOIN t ON true", "", ""},
                          {"SELECT ", "a||", "a", ""},
                          {"SELECT ", "(", "1", ")"},
                          {"SELECT a", " COLLATE x", "", ""},
                          {"SELECT ", "ROW(", "1", ")"},
                          {"SELECT ", "a AND NOT ", "a", ""},
                          {"SELECT * FROM ", "(SELECT * FROM ", "t", ") x"},
                          {"SELECT ", "a BETWEEN 1 AND ", "2", ""},
                          {"", "WITH x AS (", "SELECT 1", ") SELECT 1"},
                          {"SELECT a FROM t WHERE a IN ", "(SELECT a FROM t WHERE a IN ", "(1)", ")"}})
        for (std::size_t const size : {std::size_t(4'000), std::size_t(100'000), most - 100}) {
            auto const times = size / (c.part.size() + c.closing.size());
            auto const sql = std::string(c.before) + repeated(c.part, times) + std::string(c.middle) +
                             repeated(c.closing, times);
            auto const got = rule_of(sql);
            BOOST_TEST((got == "" || got == "query-too-large" || got == "query-invalid"),
                       c.part << " " << size << ": " << got);
        }
    BOOST_TEST(rule_of("SELECT 1" + repeated("+1", 40'000)) == "query-too-large");
    BOOST_TEST(rule_of("SELECT 1" + repeated(",1", 90'000)) == "query-too-large");
    BOOST_TEST((check_statement("SELECT 12", 8, {}).error().code == errc::query_too_large));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vanna::pg_target
