#include "config/cron.hpp"

#include <boost/test/unit_test.hpp>

#include "config/settings.hpp"

namespace vanna::config {
namespace {

using namespace std::chrono;

// The next three due times after `from`, as "2024-02-29 03:30".
std::string due(std::string_view schedule, cron::time from) {
    std::string problem, out;
    auto const parsed = cron::parse(schedule, problem);
    BOOST_REQUIRE_MESSAGE(parsed, problem);
    for (int i = 0; i < 3; ++i) {
        auto const next = parsed->next_after(from);
        if (!next) return out + "never";
        from = *next;
        auto const day = floor<days>(from);
        year_month_day const date(day);
        hh_mm_ss const time(floor<minutes>(from - day));
        char text[32];
        std::snprintf(text, sizeof text, "%04d-%02u-%02u %02d:%02d%s", int(date.year()),
                      unsigned(date.month()), unsigned(date.day()), int(time.hours().count()),
                      int(time.minutes().count()), i < 2 ? ", " : "");
        out += text;
    }
    return out;
}

cron::time at(year_month_day day, minutes time = {}) {
    return sys_days(day) + time;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(cron_)

BOOST_AUTO_TEST_CASE(five_fields_of_numbers_ranges_steps_and_lists_are_a_schedule) {
    for (auto good : {"* * * * *", "30 2 * * *", "*/15 0-6,22 1,15 1-12/3 7", " 0  0\t1 1 0 ",
                      "59 23 31 12 5/2", "0 0 * JAN-mar,Dec Mon-FRI", "0 0 * * fri-sun", "0 0 * * 5-7"})
        BOOST_TEST(!cron_problem(good), good);
}

BOOST_AUTO_TEST_CASE(anything_else_is_refused_and_the_field_named) {
    for (auto bad : {"",
                     "daily",
                     "@daily",
                     "* * * *",
                     "* * * * * *",
                     "60 * * * *",
                     "* 24 * * *",
                     "* * 0 * *",
                     "* * * 13 *",
                     "* * * * 8",
                     "5-1 * * * *",
                     "*/0 * * * *",
                     ", * * * *",
                     "1, * * * *",
                     "-1 * * * *",
                     "1- * * * *",
                     "a * * * *",
                     "* * * * 5-0",
                     "* * jan * *",
                     "* * * janx *",
                     "* * * * sun-mon-tue",
                     "*-5 * * * *",
                     "* * * * fri-1",
                     "99999999999 * * * *",
                     "5/ * * * *",
                     "1/2/3 * * * *"})
        BOOST_TEST(bool(cron_problem(bad)), bad);
    BOOST_TEST(cron_problem("0 24 * * *")->find("hour") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_due_time_is_later_than_the_moment_asked_about) {
    auto const noon = at(2024y / 1 / 1, 12h);
    BOOST_TEST(due("0 12 * * *", noon) == "2024-01-02 12:00, 2024-01-03 12:00, 2024-01-04 12:00");
    BOOST_TEST(due("0 12 * * *", noon - 1us) == "2024-01-01 12:00, 2024-01-02 12:00, 2024-01-03 12:00");
    BOOST_TEST(due("* * * * *", noon + 59'999'999us) ==
               "2024-01-01 12:01, 2024-01-01 12:02, 2024-01-01 12:03");
    BOOST_TEST(due("*/25 23 * * *", at(2024y / 1 / 1, 23h + 25min)) ==
               "2024-01-01 23:50, 2024-01-02 23:00, 2024-01-02 23:25");
    BOOST_TEST(due("50/5 6,4 * * *", noon) == "2024-01-02 04:50, 2024-01-02 04:55, 2024-01-02 06:50");
}

BOOST_AUTO_TEST_CASE(months_and_years_end_where_they_end) {
    BOOST_TEST(due("59 23 31 * *", at(2024y / 3 / 31, 23h + 59min)) ==
               "2024-05-31 23:59, 2024-07-31 23:59, 2024-08-31 23:59");
    BOOST_TEST(due("0 0 30 * *", at(2024y / 1 / 31)) ==
               "2024-03-30 00:00, 2024-04-30 00:00, 2024-05-30 00:00");
    BOOST_TEST(due("* * * * *", at(2024y / 12 / 31, 23h + 58min)) ==
               "2024-12-31 23:59, 2025-01-01 00:00, 2025-01-01 00:01");
    BOOST_TEST(due("0 0 1 jan *", at(2024y / 1 / 1)) ==
               "2025-01-01 00:00, 2026-01-01 00:00, 2027-01-01 00:00");
}

BOOST_AUTO_TEST_CASE(leap_days_come_also_over_the_century_without_one) {
    BOOST_TEST(due("30 3 29 2 *", at(2023y / 3 / 1)) ==
               "2024-02-29 03:30, 2028-02-29 03:30, 2032-02-29 03:30");
    BOOST_TEST(due("0 0 29 2 *", at(2092y / 2 / 29)) ==
               "2096-02-29 00:00, 2104-02-29 00:00, 2108-02-29 00:00");
    BOOST_TEST(due("0 0 31 2 *", at(2024y / 1 / 1)) == "never");
    BOOST_TEST(due("0 0 31 4,6,9,11 *", at(2024y / 1 / 1)) == "never");
}

BOOST_AUTO_TEST_CASE(a_day_suits_either_day_field_where_both_are_restricted_and_both_where_one_is_not) {
    // 2024-01-01 is a Monday.
    auto const start = at(2023y / 12 / 31, 23h);
    BOOST_TEST(due("0 0 3 * mon", start) == "2024-01-01 00:00, 2024-01-03 00:00, 2024-01-08 00:00");
    BOOST_TEST(due("0 0 * * mon", start) == "2024-01-01 00:00, 2024-01-08 00:00, 2024-01-15 00:00");
    BOOST_TEST(due("0 0 3 * *", start) == "2024-01-03 00:00, 2024-02-03 00:00, 2024-03-03 00:00");
    BOOST_TEST(due("0 0 */2 * mon", start) == "2024-01-01 00:00, 2024-01-15 00:00, 2024-01-29 00:00");
    for (auto sunday : {"0 0 * * 0", "0 0 * * 7", "0 0 * * SUN"})
        BOOST_TEST(due(sunday, start) == "2024-01-07 00:00, 2024-01-14 00:00, 2024-01-21 00:00");
    BOOST_TEST(due("0 0 * * fri-sun", start) == "2024-01-05 00:00, 2024-01-06 00:00, 2024-01-07 00:00");
    BOOST_TEST(due("0 0 * * 6/1", start) == "2024-01-06 00:00, 2024-01-07 00:00, 2024-01-13 00:00");
}

BOOST_AUTO_TEST_CASE(a_day_that_never_comes_is_no_schedule) {
    auto const why = cron_problem("0 0 31 2 *");
    BOOST_REQUIRE(why);
    BOOST_TEST(why->find("no such day") != std::string::npos);
    BOOST_TEST(!cron_problem("0 0 29 2 *"));
    BOOST_TEST(!cron_problem("0 0 31 2 mon"));
    auto const l = load({.environment = {{"TRAIN_SCHEDULE", "0 0 30 feb *"}}});
    BOOST_REQUIRE(l.problems.size() == 1u);
    BOOST_TEST(l.problems[0].message.find("0 0 30 feb *") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_schedule_that_is_none_is_a_wrong_setting) {
    auto const l = load({.environment = {{"BACKUP_SCHEDULE", "nightly"}, {"TRAIN_SCHEDULE", "0 3 * * 1"}}});
    BOOST_REQUIRE(l.problems.size() == 1u);
    BOOST_TEST(l.problems[0].name == "BACKUP_SCHEDULE");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vanna::config
