#include "server/cli/output.hpp"

#include <boost/test/unit_test.hpp>

namespace vanna::cli {

BOOST_AUTO_TEST_SUITE(cli_output)

BOOST_AUTO_TEST_CASE(numbers_stand_right_text_left_and_wide_characters_keep_the_columns) {
    BOOST_TEST(table({"name", "n"}, {{"Zürich", "1"}, {"Rome", "100"}}) ==
               "name      n\n"
               "------  ---\n"
               "Zürich    1\n"
               "Rome    100\n");
}

BOOST_AUTO_TEST_CASE(control_characters_cannot_reach_the_terminal_and_long_cells_are_cut) {
    auto const out = table({"a"}, {{"\x1b[31mred\n"}, {std::string(500, 'x')}});
    BOOST_TEST(out.find('\x1b') == out.npos);
    BOOST_TEST(out.size() < 300u);
}

BOOST_AUTO_TEST_CASE(an_empty_result_still_shows_its_columns) {
    BOOST_TEST(table({"id", "name"}, {}) == "id  name\n--  ----\n");
    BOOST_TEST(table({}, {}) == "\n\n");
}

BOOST_AUTO_TEST_CASE(the_exit_code_says_what_kind_of_failure_it_was) {
    error const conflict{errc::conflict, public_text{"another folder"}};
    BOOST_TEST(exit_code(conflict) == 75);
    BOOST_TEST(exit_code(error(conflict).with_type("backup-folder")) == 78);
    BOOST_TEST(exit_code(error{errc::invalid_input, public_text{"damaged"}}.with_type("archive-damaged")) ==
               65);
    BOOST_TEST(exit_code(error{errc::unavailable, public_text{"away"}}) == 69);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vanna::cli
