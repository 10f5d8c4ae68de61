#include "jobs/row_comparison.hpp"

#include <boost/test/unit_test.hpp>

namespace vanna {

BOOST_AUTO_TEST_SUITE(row_comparison)

BOOST_AUTO_TEST_CASE(rows_are_the_same_in_any_order_unless_the_order_counts) {
    BOOST_TEST(jobs::same_rows("[1,\"a\"],[2,null]", "[2,null],[1,\"a\"]", false).value());
    BOOST_TEST(!jobs::same_rows("[1,\"a\"],[2,null]", "[2,null],[1,\"a\"]", true).value());
    BOOST_TEST(jobs::same_rows("", "", true).value());
    BOOST_TEST(!jobs::same_rows("[1]", "[1],[1]", false).value(), "twice is not once");
    BOOST_TEST(!jobs::same_rows("[1,2]", "[2,1]", false).value(), "columns have their places");
}

BOOST_AUTO_TEST_CASE(numbers_are_the_same_by_value_and_texts_are_no_numbers) {
    BOOST_TEST(jobs::same_rows("[920]", "[920.0]", true).value());
    BOOST_TEST(jobs::same_rows("[0.30000000000000004]", "[0.3]", true).value());
    BOOST_TEST(!jobs::same_rows("[9007199254740993]", "[9007199254740992]", true).value());
    BOOST_TEST(!jobs::same_rows("[\"1\"]", "[1]", true).value());
    BOOST_TEST(!jobs::same_rows("[null]", "[0]", true).value());
    BOOST_TEST(!jobs::same_rows("[\"a\",\"b\"]", "[\"a\\nb\"]", true).value());
}

BOOST_AUTO_TEST_CASE(what_is_no_row_is_an_error) {
    for (auto text : {"[1", "1,2", "{}"})
        BOOST_TEST((jobs::same_rows(text, "", true).error().code == errc::internal), text);
}

BOOST_AUTO_TEST_CASE(an_order_counts_where_the_whole_statement_has_one) {
    BOOST_TEST(jobs::fixes_order("select a from t ORDER\n by a"));
    BOOST_TEST(jobs::fixes_order("select a from (select 1) order /* x */ by a limit 3"));
    BOOST_TEST(!jobs::fixes_order("select a from (select a from t order by a)"));
    BOOST_TEST(!jobs::fixes_order("select rank() over (order by a) from t"));
    BOOST_TEST(!jobs::fixes_order("select 'order by a' from \"order\" as by"));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vanna
