#include "tests/unit/db/sqlite/bypass_corpus.hpp"

namespace vanna::test {
namespace {

using sqlite::layer;

std::string repeated(std::string const& text, int times) {
    std::string out;
    for (int i = 0; i < times; ++i)
        out += text;
    return out;
}

// One call after the other on a text of 40,000 characters and a pattern of 2,000.
std::string repeated_calls(std::string const& call, int times) {
    return "WITH x(t, p) AS MATERIALIZED (SELECT hex(zeroblob(20000)), '%' || hex(zeroblob(998)) || '1') "
           "SELECT " +
           repeated(call + ", ", times - 1) + call + " FROM x";
}

std::string const endless = "WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c) ";

void add_writes(std::vector<bypass>& out) {
    for (auto sql : {"INSERT INTO t VALUES (1, 2)",
                     "REPLACE INTO t VALUES (1, 2)",
                     "INSERT OR IGNORE INTO t VALUES (1, 2)",
                     "INSERT INTO t VALUES (1, 2) RETURNING a",
                     "INSERT INTO t(a) VALUES (1) ON CONFLICT DO UPDATE SET b = 2",
                     "UPDATE t SET a = 1",
                     "UPDATE t SET a = 1 RETURNING *",
                     "DELETE FROM t",
                     "DELETE FROM t RETURNING a",
                     "WITH x AS (SELECT 1) DELETE FROM t",
                     "WITH x AS (SELECT 1) INSERT INTO t SELECT 1, 2 FROM x",
                     "WITH x AS (SELECT 1) UPDATE t SET a = (SELECT * FROM x) RETURNING a",
                     "/* SELECT */ DELETE FROM t",
                     "-- SELECT\nDELETE FROM t",
                     "\t\f\r\n dElEtE fRoM t",
                     "EXPLAIN DELETE FROM t",
                     "EXPLAIN QUERY PLAN INSERT INTO t VALUES (1, 2)",
                     "CREATE TABLE x (a)",
                     "CREATE TEMP TABLE x (a)",
                     "CREATE TABLE x AS SELECT 1",
                     "CREATE INDEX i ON t (a)",
                     "CREATE VIEW v AS SELECT 1",
                     "CREATE TEMP VIEW v AS SELECT 1",
                     "CREATE TRIGGER g AFTER INSERT ON t BEGIN SELECT 1; END",
                     "CREATE VIRTUAL TABLE f USING fts5(a)",
                     "CREATE VIRTUAL TABLE temp.f USING fts3tokenize(simple)",
                     "DROP TABLE t",
                     "DROP TABLE IF EXISTS nothing",
                     "ALTER TABLE t RENAME TO u",
                     "ALTER TABLE t ADD COLUMN c",
                     "REINDEX",
                     "ANALYZE",
                     "ANALYZE t",
                     "INSERT INTO notes(notes) VALUES ('rebuild')",
                     "UPDATE sqlite_schema SET sql = ''",
                     "DELETE FROM sqlite_master",
                     "INSERT INTO sqlite_sequence VALUES (1, 2)",
                     "/* /* */ DELETE FROM t */",
                     "(DELETE FROM t)",
                     "SELECT * FROM (DELETE FROM t RETURNING a)",
                     "EXPLAIN ANALYZE DELETE FROM t",
                     "SELECT * FROM t FOR UPDATE",
                     "SELECT * INTO x FROM t"})
        out.push_back({sql, "query-refused read-only"});
}

void add_control(std::vector<bypass>& out, std::string const& folder) {
    auto const file = "'" + folder + "/stolen.db'";
    for (auto sql : {"VACUUM", "VACUUM main"})
        out.push_back({sql, "query-refused vacuum"});
    out.push_back({"VACUUM INTO " + file, "query-refused vacuum"});
    out.push_back({"ATTACH " + file + " AS x", "query-refused attach"});
    out.push_back({"ATTACH DATABASE ':memory:' AS x", "query-refused attach"});
    out.push_back({"ATTACH 'file:" + folder + "/stolen.db?mode=rwc' AS x", "query-refused attach"});
    for (auto sql : {"ATTACH '' AS x", "DETACH main", "DETACH DATABASE temp"})
        out.push_back({sql, "query-refused attach"});
    for (auto sql : {"BEGIN", "BEGIN IMMEDIATE", "BEGIN EXCLUSIVE TRANSACTION", "COMMIT", "END", "ROLLBACK",
                     "ROLLBACK TO a", "SAVEPOINT a", "RELEASE a"})
        out.push_back({sql, "query-refused transaction"});
    for (auto sql :
         {"SELECT 1; SELECT 2", "SELECT 1; DROP TABLE t", "SELECT 1;;DELETE FROM t",
          "SELECT 1 /* ; */; SELECT 2", "SELECT 1; -- ;\n DELETE FROM t", "SELECT ';'; DELETE FROM t",
          "WITH x AS (SELECT 1) SELECT * FROM x; BEGIN", "SELECT 1; /* */ x"})
        out.push_back({sql, "query-refused single-statement"});
    out.push_back({std::string("SELECT 1\0; DROP TABLE t", 23), "query-invalid"});
    out.push_back({std::string("\0DROP TABLE t", 13), "query-invalid"});
    for (auto sql : {"", " ", ";", "-- nothing", "/* nothing", "SELECT", "DE/**/LETE FROM t",
                     "EXPLAIN EXPLAIN SELECT 1", "COPY t TO PROGRAM 'sh'", "SELECT pg_sleep(9)",
                     "SELECT setval('s', 1)", "'SELECT 1'", "\"SELECT 1\"", "SELECT * FROM nothing",
                     "SELECT 1 FROM t WHERE a MATCH 'x'", "SELECT 'a' REGEXP 'b'", "SELECT ?9999999"})
        out.push_back({sql, "query-invalid"});
}

void add_pragmas(std::vector<bypass>& out) {
    for (auto sql : {"PRAGMA query_only=0",
                     "PRAGMA query_only(0)",
                     "PRAGMA main.query_only = OFF",
                     "PRAGMA [query_only] = 0",
                     "PRAGMA writable_schema=1",
                     "PRAGMA writable_schema = RESET",
                     "PRAGMA journal_mode=wal",
                     "PRAGMA journal_mode(delete)",
                     "PRAGMA user_version=1",
                     "PRAGMA user_version(1)",
                     "PRAGMA schema_version=9",
                     "PRAGMA application_id=1",
                     "PRAGMA temp_store_directory='/tmp'",
                     "PRAGMA data_store_directory='/tmp'",
                     "PRAGMA wal_checkpoint",
                     "PRAGMA wal_checkpoint(TRUNCATE)",
                     "PRAGMA optimize",
                     "PRAGMA incremental_vacuum(1)",
                     "PRAGMA trusted_schema=1",
                     "PRAGMA cache_size=-9999999",
                     "PRAGMA mmap_size=1000000000",
                     "PRAGMA database_list",
                     "PRAGMA integrity_check",
                     "PRAGMA quick_check",
                     "PRAGMA case_sensitive_like=1",
                     "PRAGMA threads=8",
                     "PRAGMA soft_heap_limit=0",
                     "PRAGMA hard_heap_limit=0",
                     "PRAGMA temp_store=1",
                     "PRAGMA locking_mode=exclusive",
                     "PRAGMA secure_delete=1",
                     "PRAGMA page_size=512",
                     "PRAGMA encoding='UTF-16'",
                     "PRAGMA foreign_keys=1",
                     "PRAGMA shrink_memory",
                     "PRAGMA recursive_triggers=1",
                     "PRAGMA busy_timeout=100000",
                     "PRAGMA analysis_limit=5",
                     "PRAGMA reverse_unordered_selects=1",
                     "PRAGMA ignore_check_constraints=1",
                     "PRAGMA legacy_alter_table=1",
                     "PRAGMA parser_trace=1",
                     "PRAGMA vdbe_debug=1",
                     "PRAGMA unheard_of",
                     "/**/PRAGMA/**/query_only/**/=/**/0",
                     "EXPLAIN PRAGMA query_only=0"})
        out.push_back({sql, "query-refused pragma"});
    auto const authorizer = unsigned(layer::authorizer);
    out.push_back({"SELECT * FROM pragma_database_list", "query-refused table:pragma_database_list"});
    out.push_back(
        {"SELECT count(*) FROM \"PRAGMA_DATABASE_LIST\"", "query-refused table:pragma_database_list"});
    for (std::string name :
         {"journal_mode", "query_only", "compile_options", "temp_store", "function_list", "module_list"})
        out.push_back({"SELECT * FROM pragma_" + name, "query-refused table:pragma_" + name, authorizer});
    out.push_back({"SELECT * FROM pragma_user_version(5)", "query-invalid"});
    out.push_back({"SELECT * FROM 'dbstat'", "query-refused table:dbstat", authorizer});
    for (std::string name : {"sqlite_stmt", "dbstat"}) {
        out.push_back({"SELECT * FROM " + name, "query-refused table:" + name});
        out.push_back({"SELECT 1 FROM t, [" + name + "]", "query-refused table:" + name});
        out.push_back({"WITH x AS (SELECT * FROM main." + name + ") SELECT count(*) FROM x",
                       "query-refused table:" + name});
    }
}

void add_functions(std::vector<bypass>& out, std::string const& folder) {
    auto const file = "'" + folder + "/stolen'";
    auto const authorizer = unsigned(layer::authorizer);
    out.push_back({"SELECT load_extension(" + file + ")", "query-refused function:load_extension"});
    out.push_back({"SELECT \"load_extension\"(" + file + ", 'x')", "query-refused function:load_extension"});
    out.push_back(
        {"SELECT LOAD_EXTENSION(b) FROM t WHERE load_extension(a)", "query-refused function:load_extension"});
    out.push_back({"SELECT hex(fts3_tokenizer('simple'))", "query-refused function:fts3_tokenizer"});
    out.push_back(
        {"SELECT fts3_tokenizer('mine', x'4141414141414141')", "query-refused function:fts3_tokenizer"});
    out.push_back({"SELECT readfile('/etc/passwd')", "query-refused function:readfile"});
    out.push_back({"SELECT writefile(" + file + ", 'x')", "query-refused function:writefile"});
    out.push_back({"SELECT edit('x')", "query-invalid"});
    out.push_back({"SELECT * FROM fsdir('/')", "query-invalid"});
    out.push_back({"SELECT sqlite_compileoption_get(0)", "query-refused function:sqlite_compileoption_get",
                   authorizer});
    out.push_back({"SELECT sqlite_log(1, 'x')", "query-refused function:sqlite_log", authorizer});
    out.push_back({"SELECT json_patch('{}', '{}')", "query-refused function:json_patch", authorizer});
    out.push_back({"SELECT total_changes()", "query-refused function:total_changes", authorizer});
    out.push_back(
        {"SELECT a FROM t ORDER BY sqlite_log(1, 'x')", "query-refused function:sqlite_log", authorizer});
    out.push_back({"SELECT sum(a) OVER (ORDER BY sqlite_source_id()) FROM t",
                   "query-refused function:sqlite_source_id", authorizer});
    out.push_back({"SELECT * FROM spy", "query-refused function:sqlite_source_id", authorizer});
}

void add_sizes(std::vector<bypass>& out) {
    auto const limits = unsigned(layer::engine_limits);
    for (auto const& sql :
         {"SELECT '" + std::string(100'000, 'x') + "'", "SELECT 1 --" + std::string(100'000, 'x'),
          std::string("SELECT zeroblob(1e9)"), std::string("SELECT hex(zeroblob(1000000000))"),
          std::string("SELECT randomblob(1000000000)"), std::string("SELECT printf('%*d', 1000000000, 1)"),
          std::string("SELECT format('%.*c', 1000000000, 'x')"),
          std::string("SELECT printf('%.1000000000f', 1)"),
          std::string("SELECT format('%*.*f%-.*c', 5, 2, 1.5, 2000000000, 'x')"),
          std::string("SELECT printf('%s%.*c', 'x', -1000000000, 'y')"),
          std::string("SELECT replace(hex(zeroblob(4000000)), '0', '0123456789abcdef')"),
          "SELECT " + repeated("1+", 20'000) + "1", "SELECT " + repeated("NOT ", 20'000) + "1",
          "SELECT " + repeated("- ", 1'000) + "1",
          "SELECT " + repeated("(", 20'000) + "1" + repeated(")", 20'000),
          "SELECT " + repeated("abs(", 10'000) + "1" + repeated(")", 10'000),
          repeated("SELECT * FROM (", 1'000) + "SELECT 1" + repeated(")", 1'000),
          "SELECT 1 FROM " + repeated("t,", 70) + "t"})
        out.push_back({sql, "query-too-large"});
    // Within SQLite's own, wider limits these run.
    out.push_back({repeated("SELECT 1 UNION ALL ", 300) + "SELECT 1", "query-too-large", limits});
    out.push_back({"SELECT " + repeated("1,", 1'500) + "1", "query-too-large", limits});
    out.push_back({"SELECT max(" + repeated("1,", 110) + "1)", "query-too-large", limits});
    out.push_back({"SELECT hex(hex(hex(hex(zeroblob(4000000)))))", "query-too-large"});
    out.push_back({"SELECT quote(zeroblob(5000000))", "query-too-large", limits});
    out.push_back({"SELECT 'a' LIKE '" + std::string(3'000, '%') + "'", "query-too-large", limits});
}

void add_costs(std::vector<bypass>& out) {
    auto const progress = unsigned(layer::interruption);
    auto const late = "deadline-exceeded";
    out.push_back({endless + "SELECT count(*) FROM c", late, progress});
    out.push_back({endless + "SELECT i FROM c WHERE i < 0", late, progress});
    out.push_back(
        {"WITH RECURSIVE c(i) AS (VALUES (1) UNION SELECT (i * 7 + 1) % 1000000007 FROM c) SELECT sum(i) "
         "FROM c",
         late, progress});
    out.push_back({endless + "SELECT sum(i) OVER (ORDER BY i DESC) FROM c", late, progress});
    out.push_back({endless + "SELECT group_concat(i) FROM c", late, progress});
    out.push_back({endless + "SELECT json_group_array(i) FROM c", late, progress});
    out.push_back(
        {endless + "SELECT max(instr(hex(zeroblob(100000 + i % 3)), '01')) FROM c", late, progress});
    out.push_back(
        {"SELECT count(*) FROM t a, t b, t c, t d, t e, t f, t g, t h, t i, t j, t k, t l", late, progress});
    // One call that cannot be stopped inside: bounded by what it may compare.
    out.push_back(
        {"SELECT hex(zeroblob(3500000)) LIKE '%' || hex(zeroblob(500)) || '1%'", "query-too-large"});
    out.push_back(
        {"SELECT hex(zeroblob(3500000)) GLOB '*' || hex(zeroblob(500)) || '1*'", "query-too-large"});
    // Many calls and not one jump, which is where SQLite itself would look at the time.
    out.push_back({repeated_calls("t LIKE p", 200), late, progress});
}

}  // namespace

char const* const corpus_schema = R"sql(
    CREATE TABLE t (a INTEGER, b TEXT);
    INSERT INTO t VALUES (1, 'one'), (2, 'two'), (3, 'three'), (4, NULL), (5, 'it''s'), (6, ''), (7, '7'), (8, 'h'), (9, 'i'), (10, 'j');
    CREATE TABLE s (k INTEGER PRIMARY KEY AUTOINCREMENT);
    CREATE VIEW spy AS SELECT sqlite_source_id() AS id;
    CREATE VIRTUAL TABLE notes USING fts5(body);
    INSERT INTO notes VALUES ('delete from t'), ('select everything');
)sql";

std::string doubling(int levels) {
    std::string sql = "WITH c0(x) AS (SELECT 1)";
    for (int i = 1; i <= levels; ++i) {
        auto const before = "c" + std::to_string(i - 1);
        sql += ", c" + std::to_string(i) + "(x) AS (SELECT p.x FROM " + before + " p, " + before + " q)";
    }
    return sql + " SELECT count(*) FROM c" + std::to_string(levels);
}

std::vector<bypass> bypass_corpus(std::string const& folder) {
    std::vector<bypass> out;
    add_writes(out);
    add_control(out, folder);
    add_pragmas(out);
    add_functions(out, folder);
    add_sizes(out);
    add_costs(out);
    return out;
}

std::vector<std::string> honest_corpus() {
    std::string long_list = "SELECT count(*) FROM t WHERE a IN (0";
    for (int i = 1; i < 15'000; ++i)
        long_list += "," + std::to_string(i);
    return {
        "SELECT * FROM t",
        "SELECT 'DELETE FROM t; DROP TABLE t' AS \"drop\"",
        "VALUES (1, 'x'), (2, 'y')",
        "WITH x AS (SELECT a FROM t) SELECT count(*), replace(b, 'o', '0') FROM t, x GROUP BY b HAVING "
        "count(*) > 1",
        "SELECT a, row_number() OVER (PARTITION BY a % 2 ORDER BY a), lag(b) OVER w, ntile(2) OVER w FROM t "
        "WINDOW w AS (ORDER BY a)",
        "SELECT json_extract('{\"a\":[1,2]}', '$.a[1]'), '{\"b\":1}' ->> 'b', json_group_array(a), "
        "json_object('k', b) FROM t",
        "SELECT key, value FROM json_each('[1,2,3]')",
        "SELECT fullkey FROM json_tree('{\"a\":{\"b\":1}}')",
        "SELECT strftime('%Y-%m', '2024-02-29'), date('2024-01-31', '+1 month'), julianday('2000-01-01'), "
        "unixepoch('2000-01-01')",
        "SELECT sqrt(2), pow(2, 10), ln(10), round(2.5), ceil(1.2), trunc(-1.5), pi(), mod(7, 3), log(2, 8)",
        "SELECT snippet(notes, 0, '[', ']', '…', 3), bm25(notes) FROM notes WHERE notes MATCH 'select NOT "
        "drop' ORDER BY rank",
        "SELECT * FROM notes('everything')",
        "SELECT name, type FROM sqlite_schema WHERE name LIKE 't%' ESCAPE '\\'",
        "SELECT * FROM pragma_table_info('t')",
        "PRAGMA table_info(t)",
        "PRAGMA index_list('t')",
        "PRAGMA user_version",
        "EXPLAIN SELECT * FROM t",
        "EXPLAIN QUERY PLAN SELECT * FROM t WHERE a = 1",
        "SELECT x'00ff', 1e5, .5, 0x1F",
        "SELECT group_concat(b, ', '), total(a), avg(a) FILTER (WHERE a > 2) FROM t",
        "SELECT CASE WHEN a THEN b ELSE iif(a, 1, 2) END FROM t",
        "SELECT a FROM t UNION SELECT 5 EXCEPT SELECT 1 INTERSECT SELECT 2 ORDER BY 1 LIMIT 3 OFFSET 0",
        long_list + ")",
        "WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < 1000) SELECT sum(i) FROM c",
        "SELECT b COLLATE NOCASE, b GLOB 't*', instr(b, 'e'), trim(b, 'o'), unicode(b), char(65), hex(b), "
        "quote(b) FROM t ;  -- done",
        "SELECT EXISTS (SELECT 1 FROM t WHERE a BETWEEN 1 AND 2), a IS NOT NULL, b ISNULL FROM t",
        "SELECT dense_rank() OVER (ORDER BY b), percent_rank() OVER (ORDER BY b), first_value(b) OVER (ORDER "
        "BY a ROWS 2 PRECEDING) FROM t"};
}

}  // namespace vanna::test
