// What a statement reaches without naming it plainly: views that tell secrets, operators and casts that the
// grammar puts in, parameters without end.
#include <boost/test/unit_test.hpp>

#include "db/postgres/target/guard.hpp"

namespace vanna::pg_target {
namespace {

constexpr std::size_t most = 100'000;

// "" for what passes, the rule of what is refused, else the kind of error.
std::string rule_of(std::string_view sql, own_names const& known = {}) {
    auto const verdict = check_statement(sql, most, known);
    if (verdict) return "";
    return verdict.error().code == errc::query_refused ? verdict.error().rule
                                                       : std::string(to_string(verdict.error().code));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(pg_guard_hidden)

BOOST_AUTO_TEST_CASE(of_the_information_schema_only_what_tells_of_tables_is_read) {
    for (auto name : {"tables", "columns", "views", "table_constraints", "key_column_usage",
                      "referential_constraints", "schemata"})
        BOOST_TEST(rule_of("SELECT * FROM information_schema." + std::string(name)) == "", name);
    for (auto name : {"user_mapping_options", "_pg_user_mappings", "foreign_server_options", "routines",
                      "enabled_roles", "applicable_roles"})
        BOOST_TEST(
            rule_of("SELECT * FROM information_schema." + std::string(name)) == "table:" + std::string(name),
            name);
    BOOST_TEST(rule_of("SELECT 1 WHERE EXISTS (TABLE \"information_schema\".\"user_mapping_options\")") ==
               "table:user_mapping_options");
    BOOST_TEST(rule_of("SELECT * FROM db.information_schema.user_mapping_options") ==
               "table:user_mapping_options");
    BOOST_TEST(rule_of("SELECT * FROM user_mapping_options") == "");
}

BOOST_AUTO_TEST_CASE(operators_that_the_grammar_puts_in_are_judged_by_their_names) {
    own_names const equal{.operators = {"="}};
    for (auto sql : {"SELECT CASE a WHEN 1 THEN 2 END FROM t", "SELECT * FROM t JOIN u USING (a)",
                     "SELECT * FROM t NATURAL JOIN u", "SELECT * FROM t WHERE a IN (SELECT b FROM u)",
                     "SELECT * FROM t WHERE a NOT IN (SELECT b FROM u)", "SELECT a IS DISTINCT FROM b FROM t",
                     "SELECT NULLIF(a, b) FROM t", "SELECT * FROM t WHERE a IN (1, 2)"}) {
        BOOST_TEST(rule_of(sql, equal) == "operator:=", sql);
        BOOST_TEST(rule_of(sql) == "", sql);
    }
    BOOST_TEST(rule_of("SELECT CASE WHEN a THEN 2 END FROM t JOIN u ON true", equal) == "");
    BOOST_TEST(rule_of("SELECT EXISTS (SELECT 1), (SELECT 1), ARRAY(SELECT 1)", equal) == "");
    for (auto [name, plain, negated] : {std::tuple{">=", true, false},
                                        {"<=", true, false},
                                        {"<", false, true},
                                        {">", false, true},
                                        {"=", false, false}}) {
        own_names const known{.operators = {name}};
        auto const refused = "operator:" + std::string(name);
        for (std::string form : {"BETWEEN", "BETWEEN SYMMETRIC"}) {
            BOOST_TEST(rule_of("SELECT a " + form + " 1 AND 2", known) == (plain ? refused : ""));
            BOOST_TEST(rule_of("SELECT a NOT " + form + " 1 AND 2", known) == (negated ? refused : ""));
        }
    }
}

BOOST_AUTO_TEST_CASE(a_name_after_a_dot_is_a_column_where_all_that_the_dot_follows_have_it) {
    // Functions total(…) and wipe(…) take rows; every table called invoices has a column total.
    own_names const known{.of_values = {"total", "wipe"},
                          .tables = {"invoices", "orders"},
                          .tables_with = {{"total", {"invoices"}}}};
    for (auto sql :
         {"SELECT invoices.total FROM invoices",
          "SELECT i.total FROM invoices i WHERE i.total > 1",
          "SELECT s.invoices.total FROM s.invoices",
          "SELECT i.total FROM orders JOIN invoices AS i USING (id)",
          "SELECT q.total FROM (SELECT sum(x) AS total FROM orders) q",
          "SELECT q.total FROM (SELECT i.total FROM invoices i UNION SELECT 1) q",
          "SELECT q.total FROM (SELECT * FROM orders o JOIN invoices USING (id)) q",
          "SELECT q.total FROM (SELECT * FROM (SELECT * FROM invoices) r) q",
          "SELECT q.total FROM (SELECT i.* FROM orders, invoices i) q",
          "SELECT i.total FROM invoices i, generate_series(1, 2)",
          "SELECT q.wipe FROM (VALUES (1)) q(wipe)",
          "SELECT q.wipe FROM generate_series(1, 2) AS q(wipe)",
          "SELECT i.wipe FROM invoices AS i(a, wipe)",
          "SELECT j.wipe FROM (orders CROSS JOIN u) AS j(wipe)",
          "WITH q AS (SELECT 1 AS total) SELECT q.total FROM q",
          "WITH q(wipe) AS (SELECT 1) SELECT r.wipe FROM q r",
          "WITH q AS (SELECT max(x) FROM orders) SELECT total FROM q",
          "SELECT (SELECT max(i.total) FROM invoices i) FROM orders",
          "SELECT q.total FROM (SELECT i.total FROM invoices i) q, (SELECT 1 AS total) r",
          "SELECT total, wipe FROM orders",
          "SELECT wipe.* FROM orders wipe",
          "WITH RECURSIVE n AS (SELECT 1 AS total UNION ALL SELECT n.total FROM n) SELECT n.total FROM n"})
        BOOST_TEST(rule_of(sql, known) == "", sql);
    for (auto sql :
         {"SELECT orders.total FROM orders", "SELECT o.total FROM invoices, orders o",
          "SELECT i.wipe FROM invoices i", "SELECT s.orders.total FROM s.orders",
          "SELECT information_schema.columns.total FROM information_schema.columns",
          // A column list hides the columns' own names.
          "SELECT i.total FROM invoices AS i(x)", "SELECT (i).total FROM invoices AS i(x)",
          "SELECT (row(1, 2)).total", "SELECT ($1).total", "SELECT (SELECT o FROM orders o).total",
          "SELECT q.total FROM (SELECT total.* FROM orders total) q",
          "SELECT (SELECT unnest.total FROM unnest(array(SELECT o FROM orders o))) FROM invoices unnest",
          "SELECT (SELECT coalesce.total FROM coalesce((SELECT o FROM orders o))) FROM invoices coalesce",
          "SELECT (SELECT unnest.total FROM ROWS FROM (unnest(a), unnest(b))) FROM invoices unnest",
          "SELECT (a).b.total FROM t", "SELECT a[1].total FROM t",
          // Whatever has as many columns becomes such a row.
          "SELECT q.total FROM (SELECT 1 AS a, 2 AS b) q", "SELECT q.total FROM (SELECT * FROM orders) q",
          "SELECT q.wipe FROM (VALUES (1, 2)) q", "SELECT q.total FROM (TABLE orders) q",
          "SELECT unnest.total FROM unnest(array(SELECT o FROM orders o))",
          "SELECT j.total FROM (orders JOIN invoices USING (id)) AS j",
          "SELECT j.total FROM orders JOIN invoices USING (id) AS j",
          "WITH q AS (SELECT 1 AS a, 2) SELECT q.total FROM q",
          "WITH q(a, b) AS (SELECT 1 AS total, 2) SELECT q.total FROM q",
          "WITH q AS (SELECT * FROM q) SELECT q.total FROM q",
          "WITH RECURSIVE q AS (SELECT * FROM q) SELECT q.total FROM q",
          // The same name, at another place, is something else.
          "SELECT x.total, (SELECT x.total FROM orders x LIMIT 1) FROM invoices x",
          "SELECT (WITH invoices AS (SELECT 1 AS total) SELECT invoices.total FROM invoices), x.total FROM "
          "orders x",
          "SELECT (WITH orders AS (SELECT 1 AS total) SELECT 1 FROM orders), orders.total FROM orders",
          "WITH q AS (SELECT 1 AS total) SELECT (WITH q AS (SELECT 1 AS a) SELECT q.total FROM q) FROM q",
          "SELECT nobody.total FROM invoices"})
        BOOST_TEST(rule_of(sql, known).starts_with("function:"), sql);
    BOOST_TEST(rule_of("SELECT orders.total FROM orders") == "");
}

BOOST_AUTO_TEST_CASE(names_that_lead_to_more_names_than_anybody_means_are_refused_soon) {
    own_names const known{.of_values = {"total"}, .tables = {"orders"}};
    std::string sql = "WITH c0 AS (SELECT 1 AS a)";
    for (int i = 1; i < 60; ++i) {
        auto const before = "c" + std::to_string(i - 1);
        sql += ", c" + std::to_string(i) + " AS (SELECT * FROM " + before + " x, " + before + " y)";
    }
    BOOST_TEST(rule_of(sql + " SELECT c59.total FROM c59", known) == "function:total");
    std::string deep = "SELECT 1 AS total";
    for (int i = 0; i < 200; ++i)
        deep = "SELECT * FROM (" + deep + ") q" + std::to_string(i);
    BOOST_TEST(rule_of("SELECT z.total FROM (" + deep + ") z", known) == "function:total");
}

BOOST_AUTO_TEST_CASE(types_that_must_not_be_named_are_refused_wherever_they_stand) {
    own_names const known{.types = {"mood", "regclass"}};
    for (auto sql :
         {"SELECT a::mood FROM t", "SELECT CAST(a AS public.mood) FROM t", "SELECT a::mood[] FROM t",
          "SELECT mood 'x'", "SELECT * FROM json_to_recordset('[]') AS x(a mood)"})
        BOOST_TEST(rule_of(sql, known) == "type:mood", sql);
    BOOST_TEST(rule_of("SELECT 1259::regclass", known) == "type:regclass");
    BOOST_TEST(rule_of("SELECT 1259::pg_catalog.regclass", known) == "type:regclass");
    BOOST_TEST(rule_of("SELECT a::text, mood FROM t", known) == "");
}

BOOST_AUTO_TEST_CASE(the_numbers_of_parameters_are_bounded) {
    BOOST_TEST(rule_of("SELECT $1000") == "");
    BOOST_TEST(rule_of("SELECT $1001") == "query-invalid");
    BOOST_TEST(rule_of("SELECT $70000") == "query-invalid");
    BOOST_TEST(rule_of("SELECT $200000000") == "query-invalid");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vanna::pg_target
