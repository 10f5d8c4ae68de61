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
