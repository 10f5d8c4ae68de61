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

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vanna::pg_target
