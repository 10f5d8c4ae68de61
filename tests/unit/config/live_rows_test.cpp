#include "config/live_rows.hpp"

#include <boost/test/unit_test.hpp>

#include "tests/unit/config/temporary_file.hpp"

namespace vanna::config {

BOOST_AUTO_TEST_SUITE(live_rows)

BOOST_AUTO_TEST_CASE(rows_are_laid_over_what_was_read_at_start_and_the_file_is_not_read_again) {
    temporary_file const file("QUERY_MAX_ROWS=5\nOPEN_REGISTRATION=false\n");
    auto const at_start = load({.environment = {{"QUERY_TIMEOUT_MS", "700"}}, .env_file = file.path});
    BOOST_REQUIRE(at_start.problems.empty());
    std::ofstream(file.path) << "OPEN_REGISTRATION=true\nthis line is none\n";
    auto const l = with_live_rows(at_start, {{"QUERY_MAX_ROWS", "7"},
                                             {"QUERY_TIMEOUT_MS", "1"},
                                             {"EXPORT_MAX_ROWS", "many"},
                                             {"OPEN_REGISTRATION", "true"},
                                             {"NO_SUCH_SETTING", "1"}});
    BOOST_TEST(l.values.query_max_rows == 7u);
    BOOST_TEST(bool(l.origins.at("QUERY_MAX_ROWS") == origin::live_row));
    BOOST_TEST(l.values.query_timeout_ms == 700u);
    BOOST_TEST(l.values.export_max_rows == at_start.values.export_max_rows);
    BOOST_TEST(!l.values.open_registration);
    BOOST_TEST(with_live_rows(at_start, {}).values.query_max_rows == 5u);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vanna::config
