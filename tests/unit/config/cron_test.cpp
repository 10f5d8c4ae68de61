#include "config/cron.hpp"

#include <boost/test/unit_test.hpp>

#include "config/settings.hpp"

namespace vanna::config {

BOOST_AUTO_TEST_SUITE(cron)

BOOST_AUTO_TEST_CASE(five_fields_of_numbers_ranges_steps_and_lists_are_a_schedule) {
    for (auto good :
         {"* * * * *", "30 2 * * *", "*/15 0-6,22 1,15 1-12/3 7", " 0  0\t1 1 0 ", "59 23 31 12 5/2"})
        BOOST_TEST(!cron_problem(good), good);
}

BOOST_AUTO_TEST_CASE(anything_else_is_refused_and_the_field_named) {
    for (auto bad : {"", "daily", "@daily", "* * * *", "* * * * * *", "60 * * * *", "* 24 * * *", "* * 0 * *",
                     "* * * 13 *", "* * * * 8", "5-1 * * * *", "*/0 * * * *", ", * * * *", "1, * * * *",
                     "-1 * * * *", "1- * * * *", "a * * * *"})
        BOOST_TEST(bool(cron_problem(bad)), bad);
    BOOST_TEST(cron_problem("0 24 * * *")->find("hour") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_schedule_that_is_none_is_a_wrong_setting) {
    auto const l = load({.environment = {{"BACKUP_SCHEDULE", "nightly"}, {"TRAIN_SCHEDULE", "0 3 * * 1"}}});
    BOOST_REQUIRE(l.problems.size() == 1u);
    BOOST_TEST(l.problems[0].name == "BACKUP_SCHEDULE");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vanna::config
