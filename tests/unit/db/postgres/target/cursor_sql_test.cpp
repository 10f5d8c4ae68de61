#include "db/postgres/target/cursor_sql.hpp"

#include <boost/test/unit_test.hpp>

namespace vanna::pg_target {
namespace {

constexpr unsigned int4 = 23, text = 25, numeric = 1700;

bool is_weighed(std::vector<unsigned> const& types) {
    return declare_cursor("SELECT 1", types).is_weighed;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(pg_cursor_sql)

BOOST_AUTO_TEST_CASE(rows_that_may_be_large_are_weighed_others_are_not) {
    BOOST_TEST(!is_weighed({int4, numeric}));
    BOOST_TEST(is_weighed({int4, text}));
    BOOST_TEST(!is_weighed(std::vector<unsigned>(1600, int4)));
}

BOOST_AUTO_TEST_CASE(many_numbers_of_any_length_are_large_together) {
    BOOST_TEST(!is_weighed(std::vector<unsigned>(200, numeric)));
    BOOST_TEST(is_weighed(std::vector<unsigned>(300, numeric)));
    std::vector<unsigned> mixed(300, numeric);
    mixed.push_back(text);
    auto const weighs = [](std::vector<unsigned> const& types, std::string_view column) {
        return declare_cursor("SELECT 1", types).sql.find(column) != std::string::npos;
    };
    BOOST_TEST(weighs(mixed, "pg_catalog.concat(c300)"));
    BOOST_TEST(!weighs({numeric, text}, "pg_catalog.concat(c1)"));
}

BOOST_AUTO_TEST_CASE(the_first_rows_that_may_be_large_are_fetched_one_by_one) {
    constexpr std::uint64_t all = 1'000'000;
    BOOST_TEST(rows_to_fetch({.rows = 0, .bytes = 0, .left = all, .may_be_large = true}) == 1u);
    BOOST_TEST(rows_to_fetch({.rows = 0, .bytes = 0, .left = all, .may_be_large = false}) == 100u);
    // one small row says little of the next
    BOOST_TEST(rows_to_fetch({.rows = 1, .bytes = 10, .left = all, .may_be_large = true}) == 4u);
    BOOST_TEST(rows_to_fetch({.rows = 5, .bytes = 50, .left = all, .may_be_large = true}) == 20u);
    BOOST_TEST(rows_to_fetch({.rows = 100, .bytes = 1000, .left = all, .may_be_large = false}) == 10'000u);
    BOOST_TEST(rows_to_fetch({.rows = 50'000, .bytes = 50'000 * 1024, .left = all, .may_be_large = true}) ==
               1024u);
    BOOST_TEST(rows_to_fetch({.rows = 1, .bytes = 30u << 20, .left = all, .may_be_large = true}) == 1u);
    BOOST_TEST(rows_to_fetch({.rows = 100, .bytes = 1000, .left = 3, .may_be_large = true}) == 3u);
    BOOST_TEST(rows_to_fetch({.rows = 100, .bytes = 1000, .left = 0, .may_be_large = true}) == 1u);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vanna::pg_target
