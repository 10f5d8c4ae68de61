#include "core/sql/schema_version.hpp"

#include <boost/test/unit_test.hpp>

namespace vanna {
namespace {

namespace json = boost::json;

sql::table table(std::string name, std::vector<sql::schema_column> columns,
                 std::vector<sql::foreign_key> keys = {}) {
    sql::table out{.name = std::move(name)};
    out.columns = std::move(columns);
    out.foreign_keys = std::move(keys);
    return out;
}

sql::schema shop() {
    return {.engine = "sqlite",
            .version = "v1",
            .tables = {table("customers", {{.name = "id", .type = "INTEGER", .primary_key = 1},
                                           {.name = "city", .type = "TEXT"}}),
                       table("orders",
                             {{.name = "id", .type = "INTEGER", .primary_key = 1},
                              {.name = "customer_id", .type = "INTEGER"},
                              {.name = "amount", .type = "NUMERIC"}},
                             {{{"customer_id"}, "customers", {"id"}}})}};
}

json::value difference(sql::schema const& before, sql::schema const& after) {
    return sql::difference(sql::structure_of(before), sql::structure_of(after));
}

// The entry of the only table that has changed.
json::value only_change(sql::schema const& after) {
    auto const found = difference(shop(), after);
    BOOST_REQUIRE(found.at("changed").as_array().size() == 1u);
    BOOST_TEST(found.at("added").as_array().empty());
    BOOST_TEST(found.at("removed").as_array().empty());
    return found.at("changed").as_array()[0];
}

}  // namespace

BOOST_AUTO_TEST_SUITE(schema_version)

BOOST_AUTO_TEST_CASE(the_same_schema_has_no_difference_whatever_its_rows_and_values) {
    auto other = shop();
    other.version = "v2";
    other.tables[0].row_count = 7;
    other.tables[0].columns[1].values = {"Berlin"};
    BOOST_TEST(difference(shop(), other) == json::parse(R"({"added":[],"removed":[],"changed":[]})"));
}

BOOST_AUTO_TEST_CASE(before_the_first_everything_is_added) {
    auto const found = sql::difference(nullptr, sql::structure_of(shop()));
    BOOST_TEST(found == json::parse(R"({"added":["customers","orders"],"removed":[],"changed":[]})"));
}

BOOST_AUTO_TEST_CASE(tables_come_and_go) {
    auto other = shop();
    other.tables[0].name = "clients";
    BOOST_TEST(difference(shop(), other) ==
               json::parse(R"({"added":["clients"],"removed":["customers"],"changed":[]})"));
}

BOOST_AUTO_TEST_CASE(columns_come_and_go) {
    auto other = shop();
    other.tables[0].columns[1].name = "town";
    auto const change = only_change(other);
    BOOST_TEST(change.at("table").as_string() == "customers");
    BOOST_TEST(change.at("added") == json::parse(R"(["town"])"));
    BOOST_TEST(change.at("removed") == json::parse(R"(["city"])"));
    BOOST_TEST(change.at("changed").as_array().empty());
}

BOOST_AUTO_TEST_CASE(a_column_is_told_with_what_of_it_has_changed) {
    auto type = shop(), nullability = shop(), key = shop();
    type.tables[1].columns[2].type = "REAL";
    BOOST_TEST(only_change(type).at("changed") ==
               json::parse(R"([{"column":"amount","was":{"type":"NUMERIC"},"is":{"type":"REAL"}}])"));
    nullability.tables[0].columns[1].not_null = true;
    BOOST_TEST(only_change(nullability).at("changed") ==
               json::parse(R"([{"column":"city","was":{"not_null":false},"is":{"not_null":true}}])"));
    key.tables[0].columns[1].primary_key = 2;
    BOOST_TEST(only_change(key).at("changed") ==
               json::parse(R"([{"column":"city","was":{"primary_key":0},"is":{"primary_key":2}}])"));
}

BOOST_AUTO_TEST_CASE(foreign_keys_come_and_go) {
    auto other = shop();
    other.tables[1].foreign_keys = {{{"customer_id"}, "clients", {"id"}}};
    auto const keys = only_change(other).at("foreign_keys");
    BOOST_TEST(keys.at("added") ==
               json::parse(R"([{"columns":["customer_id"],"table":"clients","references":["id"]}])"));
    BOOST_TEST(keys.at("removed") ==
               json::parse(R"([{"columns":["customer_id"],"table":"customers","references":["id"]}])"));
    BOOST_TEST(only_change(other).at("changed").as_array().empty());
}

BOOST_AUTO_TEST_CASE(a_table_that_became_a_view_is_said_to_be_one) {
    auto other = shop();
    other.tables[0].is_view = true;
    BOOST_TEST(only_change(other).at("is").as_string() == "view");
}

BOOST_AUTO_TEST_CASE(a_structure_that_was_recorded_by_hand_does_not_matter) {
    auto const now_is = sql::structure_of(shop());
    for (auto text :
         {"[]", "{}", R"({"tables":7})", R"({"tables":[1,{"name":2},{"name":"orders","columns":3}]})"})
        BOOST_TEST(sql::difference(json::parse(text), now_is).at("added").as_array().size() >= 1u, text);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vanna
