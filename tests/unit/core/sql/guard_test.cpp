#include "core/sql/guard.hpp"

#include <boost/test/unit_test.hpp>

#include "core/sql/lexer.hpp"

namespace vanna::sql {
namespace {

constexpr std::size_t most = 100'000;

std::string rule_of(std::string_view sql) {
    auto const verdict = check_text(sql, most);
    if (verdict) return "";
    return verdict.error().code == errc::query_refused ? verdict.error().rule
                                                       : std::string(to_string(verdict.error().code));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(guard)

BOOST_AUTO_TEST_CASE(reads_pass) {
    for (auto sql :
         {"SELECT 1", "select 1;", " /* a */ SELECT 1 -- end", "WITH x AS (SELECT 1) SELECT * FROM x",
          "VALUES (1)", "EXPLAIN SELECT 1", "EXPLAIN QUERY PLAN SELECT 1", "SELECT 1;;; /* done */ ;",
          "SELECT 'INSERT; DROP' AS \"update\", [delete], `into` FROM t",
          "SELECT replace(a, 'x', 'y') FROM t", "SELECT :insert, @update, $delete",
          "PRAGMA table_info(orders)", "PRAGMA main.index_list('a b')", "PRAGMA user_version",
          "SELECT 1 /* unterminated", ";; SELECT 1", "SELECT x'00', 1e5, .5"})
        BOOST_TEST(rule_of(sql) == "", sql);
}

BOOST_AUTO_TEST_CASE(what_is_not_a_read_is_refused_by_rule) {
    for (auto [sql, rule] : {std::pair{"INSERT INTO t VALUES (1)", "read-only"},
                             {"REPLACE INTO t VALUES (1)", "read-only"},
                             {"WITH x AS (SELECT 1) DELETE FROM t", "read-only"},
                             {"with x as (select 1) InSeRt into t select * from x", "read-only"},
                             {"EXPLAIN DELETE FROM t", "read-only"},
                             {"EXPLAIN QUERY PLAN UPDATE t SET a = 1", "read-only"},
                             {"CREATE TABLE t (a)", "read-only"},
                             {"/**/DROP/**/TABLE t", "read-only"},
                             {"\xEF\xBB\xBF"
                              "ALTER TABLE t RENAME TO u",
                              "read-only"},
                             {"SELECT 1 INTO x", "read-only"},
                             {"VACUUM INTO '/tmp/x'", "vacuum"},
                             {"ATTACH 'x' AS y", "attach"},
                             {"DETACH y", "attach"},
                             {"BEGIN", "transaction"},
                             {"SAVEPOINT a", "transaction"},
                             {"PRAGMA query_only = 0", "pragma"},
                             {"PRAGMA query_only(0)", "pragma"},
                             {"PRAGMA user_version = 5", "pragma"},
                             {"PRAGMA user_version(5)", "pragma"},
                             {"PRAGMA main.writable_schema=1", "pragma"},
                             {"PRAGMA \"query_only\"=0", "pragma"},
                             {"PRAGMA database_list", "pragma"},
                             {"SELECT 1; SELECT 2", "single-statement"},
                             {"SELECT 1; -- x\n DROP TABLE t", "single-statement"}})
        BOOST_TEST(rule_of(sql) == rule, sql);
}

BOOST_AUTO_TEST_CASE(empty_texts_nul_bytes_and_oversize_are_not_statements) {
    BOOST_TEST(rule_of("") == "query-invalid");
    BOOST_TEST(rule_of(" ;; -- nothing") == "query-invalid");
    BOOST_TEST(rule_of(std::string_view("SELECT 1\0DROP TABLE t", 21)) == "query-invalid");
    BOOST_TEST(rule_of("SELECT '" + std::string(most, 'x') + "'") == "query-too-large");
}

BOOST_AUTO_TEST_CASE(positions_count_characters_not_bytes) {
    auto const verdict = check_text("SELECT '東京'; DROP TABLE t", most);
    BOOST_REQUIRE(!verdict);
    BOOST_TEST(verdict.error().position.value() == 13u);
}

BOOST_AUTO_TEST_CASE(names_are_read_as_sqlite_reads_them) {
    lexer words("\"a\"\"b\" [c]]d] `e``f` 'g''h' :name ?12 $x");
    for (auto expected : {"a\"b", "c", "]", "d", "]", "e`f", "g'h", ":name", "?12", "$x"})
        BOOST_TEST(unquoted(words.next()) == expected);
    BOOST_TEST(bool(words.next().kind == token_kind::end));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vanna::sql
