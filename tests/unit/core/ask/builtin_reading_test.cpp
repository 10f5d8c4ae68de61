#include <boost/test/unit_test.hpp>

#include "tests/unit/core/ask/shop.hpp"

namespace vanna {
namespace {

// A firm: staff with a wage and dates, payments, and two tables whose columns are called alike.
std::shared_ptr<sql::schema const> firm() {
    auto made = std::make_shared<sql::schema>();
    using test::column, test::key;
    sql::table units{.name = "units"};
    units.columns = {key("unit_id"), column("unit_name", "TEXT", {"Sales", "Research"})};
    sql::table staff{.name = "staff"};
    staff.columns = {key("staff_id"),
                     column("first_name", "TEXT"),
                     column("last_name", "TEXT"),
                     column("unit_id", "INTEGER"),
                     column("job", "TEXT", {"Account Clerk", "Clerk"}),
                     column("country", "TEXT", {"Spain", "Malta"}),
                     column("phone", "TEXT"),
                     column("salary", "NUMERIC"),
                     column("height", "REAL"),
                     column("hire_date", "DATE"),
                     column("released_on", "DATE")};
    staff.foreign_keys = {{{"unit_id"}, "units", {"unit_id"}}};
    sql::table payments{.name = "payments"};
    payments.columns = {key("payment_id"),
                        column("staff_id", "INTEGER"),
                        column("payment_date", "DATE"),
                        column("method", "TEXT", {"cash", "transfer"}),
                        column("tax_amount", "NUMERIC"),
                        column("total_amount", "NUMERIC")};
    payments.foreign_keys = {{{"staff_id"}, "staff", {"staff_id"}}};
    sql::table parts{.name = "parts"};
    parts.columns = {key("part_id"), column("part_number", "TEXT"),
                     column("status", "TEXT", {"received", "open"}), column("quantity_on_hand", "INTEGER"),
                     column("weight", "REAL")};
    sql::table accounts{.name = "accounts"};
    accounts.columns = {key("account_id"), column("status", "TEXT", {"open", "closed"})};
    made->tables = {accounts, parts, payments, staff, units};
    return made;
}

std::string ask_firm(std::string question) {
    return test::sql_for(std::move(question), firm());
}

}  // namespace

BOOST_AUTO_TEST_SUITE(builtin_reading)

BOOST_AUTO_TEST_CASE(a_number_of_things_is_counted_though_a_column_is_called_number) {
    BOOST_TEST(ask_firm("Number of parts by status") == "SELECT status, COUNT(*) FROM parts GROUP BY status");
    BOOST_TEST(ask_firm("List the part numbers") == "SELECT part_number FROM parts");
}

BOOST_AUTO_TEST_CASE(the_total_of_rows_is_the_sum_of_what_they_are_worth) {
    BOOST_TEST(ask_firm("total payments by method") ==
               "SELECT method, SUM(total_amount) FROM payments GROUP BY method");
    BOOST_TEST(ask_firm("total of all payments in 2024") ==
               "SELECT SUM(total_amount) FROM payments WHERE payment_date >= '2024-01-01' AND payment_date "
               "< '2025-01-01'");
    BOOST_TEST(ask_firm("How much was paid per method?") ==
               "SELECT method, SUM(total_amount) FROM payments GROUP BY method");
    BOOST_TEST(ask_firm("total units") == "SELECT COUNT(*) FROM units");
}

BOOST_AUTO_TEST_CASE(how_many_of_a_quantity_adds_it_up) {
    BOOST_TEST(ask_firm("How many units are on hand?") == "SELECT SUM(quantity_on_hand) FROM parts");
}

BOOST_AUTO_TEST_CASE(an_amount_is_the_total_one_where_there_are_several) {
    BOOST_TEST(ask_firm("average payment amount") == "SELECT AVG(total_amount) FROM payments");
}

BOOST_AUTO_TEST_CASE(a_value_belongs_to_the_column_that_holds_it_and_to_no_other) {
    BOOST_TEST(ask_firm("What are the jobs and heights of staff in Spain?") ==
               "SELECT job, height FROM staff WHERE country = 'Spain'");
    BOOST_TEST(ask_firm("average height in the Research unit") ==
               "SELECT AVG(staff.height) FROM staff JOIN units ON staff.unit_id = units.unit_id WHERE "
               "units.unit_name = 'Research'");
    BOOST_TEST(ask_firm("How many account clerks are there?") ==
               "SELECT COUNT(*) FROM staff WHERE job = 'Account Clerk'");
}

BOOST_AUTO_TEST_CASE(a_value_that_two_tables_hold_is_asked_about) {
    BOOST_TEST(ask_firm("How many are open?") == "");
    BOOST_TEST(ask_firm("How many parts are open?") == "SELECT COUNT(*) FROM parts WHERE status = 'open'");
}

BOOST_AUTO_TEST_CASE(a_status_of_another_table_is_no_condition) {
    BOOST_TEST(ask_firm("total payments received in 2024") ==
               "SELECT SUM(total_amount) FROM payments WHERE payment_date >= '2024-01-01' AND payment_date "
               "< '2025-01-01'");
}

BOOST_AUTO_TEST_CASE(what_was_done_is_known_by_its_date) {
    BOOST_TEST(ask_firm("How many staff were hired in 2022?") ==
               "SELECT COUNT(*) FROM staff WHERE hire_date >= '2022-01-01' AND hire_date < '2023-01-01'");
    BOOST_TEST(ask_firm("How many staff have been released?") ==
               "SELECT COUNT(*) FROM staff WHERE released_on IS NOT NULL");
    BOOST_TEST(ask_firm("How many staff have not been released?") ==
               "SELECT COUNT(*) FROM staff WHERE released_on IS NULL");
}

BOOST_AUTO_TEST_CASE(a_verb_that_says_something_unknown_is_asked_about) {
    for (auto question : {"Which staff complained?", "How many staff were promoted in 2022?",
                          "How many parts were repaired?"})
        BOOST_TEST(ask_firm(question) == "", question);
}

BOOST_AUTO_TEST_CASE(a_superlative_beside_a_column_goes_by_that_column) {
    BOOST_TEST(ask_firm("What is the highest salary of any staff?") == "SELECT MAX(salary) FROM staff");
    BOOST_TEST(ask_firm("List the jobs of the 3 best paid staff") ==
               "SELECT job FROM staff ORDER BY salary DESC LIMIT 3");
    BOOST_TEST(ask_firm("Which 2 staff have the most payments?").ends_with("ORDER BY COUNT(*) DESC LIMIT 2"));
    BOOST_TEST(ask_firm("What is the lowest salary and its job?") ==
               "SELECT salary, job FROM staff WHERE salary IS NOT NULL ORDER BY salary LIMIT 1");
}

BOOST_AUTO_TEST_CASE(a_group_is_kept_by_its_average) {
    BOOST_TEST(ask_firm("Which jobs have an average salary above 500?") ==
               "SELECT job FROM staff GROUP BY job HAVING AVG(salary) > 500");
}

BOOST_AUTO_TEST_CASE(an_average_may_be_asked_for_at_the_end) {
    BOOST_TEST(ask_firm("What do clerks earn on average?") ==
               "SELECT AVG(salary) FROM staff WHERE job = 'Clerk'");
}

BOOST_AUTO_TEST_CASE(two_columns_may_share_their_last_word) {
    BOOST_TEST(ask_firm("Which staff work in Sales? Give their first and last names.") ==
               "SELECT staff.first_name, staff.last_name FROM staff JOIN units ON staff.unit_id = "
               "units.unit_id WHERE units.unit_name = 'Sales'");
    BOOST_TEST(ask_firm("List jobs and phone numbers of staff") == "SELECT job, phone FROM staff");
}

BOOST_AUTO_TEST_CASE(an_order_may_be_said_before_what_it_goes_by) {
    BOOST_TEST(ask_firm("List the jobs of staff ordered by descending salary") ==
               "SELECT job FROM staff ORDER BY salary DESC");
}

BOOST_AUTO_TEST_CASE(both_of_two_values_are_in_a_row_each) {
    BOOST_TEST(
        ask_firm("Which staff have payments by both cash and transfer?") ==
        "SELECT staff.first_name, staff.last_name FROM staff WHERE staff.staff_id IN (SELECT "
        "payments.staff_id FROM payments WHERE payments.method = 'cash') AND staff.staff_id IN (SELECT "
        "payments.staff_id FROM payments WHERE payments.method = 'transfer')");
    BOOST_TEST(ask_firm("How many staff have both the job Clerk and Driver?") == "");
}

BOOST_AUTO_TEST_CASE(a_name_that_nobody_knows_is_a_text_of_what_it_stands_beside) {
    BOOST_TEST(ask_firm("How many parts have part number AB?") ==
               "SELECT COUNT(*) FROM parts WHERE part_number = 'AB'");
    BOOST_TEST(ask_firm("average height of staff in unit Back Office") ==
               "SELECT AVG(staff.height) FROM staff JOIN units ON staff.unit_id = units.unit_id WHERE "
               "units.unit_name = 'Back Office'");
}

BOOST_AUTO_TEST_CASE(ids_are_keys_and_more_than_one_is_a_number) {
    BOOST_TEST(ask_firm("List the ids of parts") == "SELECT part_id FROM parts");
    BOOST_TEST(ask_firm("Which staff have more than one payment?").ends_with("HAVING COUNT(*) > 1"));
}

BOOST_AUTO_TEST_CASE(what_is_wanted_and_denied_at_once_is_asked_about) {
    BOOST_TEST(ask_firm("staff with payments without payments") == "");
}

BOOST_AUTO_TEST_CASE(where_and_how_long_need_a_column) {
    BOOST_TEST(ask_firm("Where are the units?") == "");
    BOOST_TEST(ask_firm("How long are the payments?") == "");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vanna
