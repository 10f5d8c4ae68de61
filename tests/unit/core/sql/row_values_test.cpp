#include "core/sql/row_values.hpp"

#include <boost/test/unit_test.hpp>

namespace vanna::sql {

BOOST_AUTO_TEST_SUITE(values_in_messages)

BOOST_AUTO_TEST_CASE(what_is_quoted_and_all_behind_it_goes) {
    BOOST_TEST(without_values("division by zero") == "division by zero");
    BOOST_TEST(without_values("invalid input syntax for type integer: \"Ada \"the\" Lovelace\" (hint)") ==
               "invalid input syntax for type integer…");
    BOOST_TEST(without_values("value \"99999\" is out of range") == "value …");
    BOOST_TEST(without_values("ungültige Eingabe „Ada“") == "ungültige Eingabe …");
    BOOST_TEST(without_values("«Ada» no es válido") == "…");
    BOOST_TEST(without_values("") == "");
}

BOOST_AUTO_TEST_CASE(a_record_keeps_what_is_about_the_statement) {
    error failure(errc::query_invalid, public_text{"invalid input syntax for type integer: \"Ada\""});
    BOOST_TEST(message_to_keep(failure, "postgresql") == "invalid input syntax for type integer…");
    BOOST_TEST(message_to_keep(failure, "sqlite") == failure.message);
    failure.position = 7;
    BOOST_TEST(message_to_keep(failure, "postgresql") == failure.message);
    failure = error(errc::query_refused, public_text{"the function \"pg_sleep\" is not allowed"});
    BOOST_TEST(message_to_keep(failure, "postgresql") == failure.message);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vanna::sql
