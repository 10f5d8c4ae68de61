#include <boost/test/unit_test.hpp>

#include "db/postgres/target/catalog.hpp"

namespace vanna::pg_target {
namespace {

sql::table table_of(std::string name, std::vector<sql::schema_column> columns,
                    std::optional<std::uint64_t> rows = {}) {
    sql::table out;
    out.name = std::move(name);
    out.columns = std::move(columns);
    out.row_count = rows;
    return out;
}

sql::schema_column column_of(std::string name, std::string type, std::vector<std::string> values = {}) {
    sql::schema_column out;
    out.name = std::move(name);
    out.type = std::move(type);
    out.values_complete = !values.empty();
    out.values = std::move(values);
    return out;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(contents_of_a_postgresql_target)

BOOST_AUTO_TEST_CASE(what_was_read_before_stays_for_the_same_tables_and_columns_alone) {
    sql::schema before, now;
    before.tables = {
        table_of("gone", {}, 7),
        table_of("kept", {column_of("a", "text", {"x", "y"}), column_of("b", "text", {"z"})}, 3)};
    now.tables = {table_of("fresh", {column_of("a", "text")}),
                  table_of("kept", {column_of("c", "text"), column_of("b", "mood"), column_of("a", "text")})};
    carry_over(before, now);
    BOOST_TEST(!now.tables[0].row_count.has_value());
    BOOST_TEST(now.tables[0].columns[0].values.empty());
    BOOST_TEST((now.tables[1].row_count == 3u));
    BOOST_TEST(now.tables[1].columns[0].values.empty());
    BOOST_TEST(now.tables[1].columns[1].values.empty());
    BOOST_TEST(!now.tables[1].columns[1].values_complete);
    BOOST_TEST((now.tables[1].columns[2].values == std::vector<std::string>{"x", "y"}));
    BOOST_TEST(now.tables[1].columns[2].values_complete);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vanna::pg_target
