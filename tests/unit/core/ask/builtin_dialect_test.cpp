#include <boost/test/unit_test.hpp>

#include "core/ask/builtin/dialect.hpp"

namespace vanna::ask::builtin {
namespace {

std::string in(dialect which, expression what) {
    select_statement statement;
    statement.columns.push_back({std::move(what), {}});
    return to_sql(statement, which).substr(std::string("SELECT ").size());
}
std::string postgres(expression what) {
    return in(dialect::postgresql, std::move(what));
}
expression formatted(char const* format) {
    return call_of("strftime", {text_literal(format), column_of("o", "day")});
}

}  // namespace

BOOST_AUTO_TEST_SUITE(builtin_dialect)

BOOST_AUTO_TEST_CASE(dates_are_written_with_the_functions_of_the_target) {
    BOOST_TEST(in(dialect::sqlite, formatted("%Y-%m")) == "strftime('%Y-%m', o.day)");
    BOOST_TEST(postgres(formatted("%Y-%m")) == "to_char(CAST(o.day AS timestamp), 'YYYY-MM')");
    BOOST_TEST(postgres(formatted("%Y-%W")) == "to_char(CAST(o.day AS timestamp), 'IYYY-IW')");
    BOOST_TEST(postgres(formatted("%d.%m. at")) == "to_char(CAST(o.day AS timestamp), 'DD.MM. \"a\"\"t\"')");
    BOOST_TEST(postgres(call_of("date", {column_of({}, "day")})) == "CAST(day AS date)");
    BOOST_TEST(postgres(call_of("julianday", {column_of({}, "day")})) ==
               "date_part('epoch', CAST(day AS timestamp)) / 86400 + 2440587.5");
}

BOOST_AUTO_TEST_CASE(a_part_of_a_date_that_is_computed_with_is_a_number) {
    auto const third =
        binary_of(binary_of(formatted("%m"), "+", number_literal("2")), "/", number_literal("3"));
    BOOST_TEST(postgres(third) == "(CAST(to_char(CAST(o.day AS timestamp), 'MM') AS integer) + 2) / 3");
}

BOOST_AUTO_TEST_CASE(patterns_do_not_tell_cases_apart_on_either) {
    auto const like = binary_of(column_of({}, "name"), "LIKE", text_literal("%a%"));
    BOOST_TEST(in(dialect::sqlite, like) == "name LIKE '%a%'");
    BOOST_TEST(postgres(like) == "name ILIKE '%a%'");
    BOOST_TEST(postgres(call_of("instr", {column_of({}, "a"), text_literal("_")})) == "strpos(a, '_')");
}

BOOST_AUTO_TEST_CASE(money_is_computed_with_as_a_number_and_an_enumeration_searched_as_a_text) {
    auto const column = [](char const* name, std::string_view type) {
        auto out = column_of({}, name);
        out.read_as = type;
        return out;
    };
    auto const price = column("price", "numeric"), mood = column("mood", "text");
    BOOST_TEST(postgres(price) == "price");
    BOOST_TEST(postgres(call_of("AVG", {price})) == "AVG(CAST(price AS numeric))");
    BOOST_TEST(postgres(call_of("COUNT", {price}, true)) == "COUNT(DISTINCT price)");
    BOOST_TEST(postgres(binary_of(price, ">", number_literal("5"))) == "CAST(price AS numeric) > 5");
    BOOST_TEST(postgres(binary_of(price, "*", column_of({}, "n"))) == "CAST(price AS numeric) * n");
    expression between{expression::kind::between};
    between.arguments = {price, number_literal("1"), number_literal("2")};
    BOOST_TEST(postgres(between) == "CAST(price AS numeric) BETWEEN 1 AND 2");
    BOOST_TEST(postgres(binary_of(mood, "LIKE", text_literal("w%"))) == "CAST(mood AS text) ILIKE 'w%'");
    BOOST_TEST(postgres(binary_of(mood, "=", text_literal("wild"))) == "mood = 'wild'");
    BOOST_TEST(postgres(call_of("LENGTH", {mood})) == "LENGTH(CAST(mood AS text))");
    BOOST_TEST(in(dialect::sqlite, binary_of(mood, "LIKE", text_literal("w%"))) == "mood LIKE 'w%'");
}

BOOST_AUTO_TEST_CASE(truth_values_and_rounding) {
    auto const flag = binary_of(column_of({}, "active"), "=", flag_literal("1"));
    BOOST_TEST(in(dialect::sqlite, flag) == "active = 1");
    BOOST_TEST(postgres(flag) == "active = '1'");
    auto const rounded = call_of("round", {column_of({}, "x"), number_literal("2")});
    BOOST_TEST(postgres(rounded) == "round(CAST(x AS numeric), 2)");
}

BOOST_AUTO_TEST_CASE(names_with_capitals_are_quoted_and_hidden_tables_named_in_full) {
    select_statement statement;
    statement.columns.push_back({column_of({}, "CustomerId"), {}});
    statement.from.push_back({"Sales.Orders", "o", {}});
    statement.order_by.push_back({column_of({}, "total"), true});
    BOOST_TEST(to_sql(statement, dialect::postgresql) ==
               "SELECT \"CustomerId\" FROM \"Sales\".\"Orders\" AS o ORDER BY total DESC NULLS LAST");
    BOOST_TEST(to_sql(statement) == "SELECT CustomerId FROM \"Sales.Orders\" AS o ORDER BY total DESC");
}

BOOST_AUTO_TEST_CASE(names_that_postgresql_reserves_are_quoted) {
    for (std::string name :
         {"authorization", "binary", "collation", "concurrently", "current_catalog", "current_role",
          "current_schema", "freeze", "ilike", "overlaps", "system_user", "tablesample", "order", "user"})
        BOOST_TEST(postgres(column_of({}, name)) == "\"" + name + "\"");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vanna::ask::builtin
