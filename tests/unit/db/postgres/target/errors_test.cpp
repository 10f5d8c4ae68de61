#include "db/postgres/target/errors.hpp"

#include <boost/test/unit_test.hpp>

namespace vanna::pg_target {

BOOST_AUTO_TEST_SUITE(errors_of_a_postgresql_target)

BOOST_AUTO_TEST_CASE(the_client_sees_the_value_and_the_log_does_not) {
    auto const e = statement_error("22P02", "invalid input syntax for type integer: \"Ada\"", "");
    BOOST_TEST((e.code == errc::query_invalid));
    BOOST_TEST(e.message == "invalid input syntax for type integer: \"Ada\"");
    BOOST_TEST(e.detail == "SQLSTATE 22P02: invalid input syntax for type integer…");
}

BOOST_AUTO_TEST_CASE(what_the_databases_own_code_says_is_not_passed_on) {
    auto const e = statement_error("P0001", "Ada owes 7", "ask her");
    BOOST_TEST((e.code == errc::query_invalid));
    BOOST_TEST(e.message.find("Ada") == std::string::npos);
    BOOST_TEST(e.detail == "SQLSTATE P0001: …");
}

BOOST_AUTO_TEST_CASE(a_result_that_nobody_reads_on_is_no_wrong_statement) {
    auto const e = statement_error("25P03", "terminating connection due to idle-in-transaction timeout", "");
    BOOST_TEST((e.code == errc::deadline_exceeded));
    BOOST_TEST(e.message == "the result was left unread for too long");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vanna::pg_target
