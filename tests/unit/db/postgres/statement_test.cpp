#include "db/postgres/statement.hpp"

#include <boost/test/unit_test.hpp>

#include "db/postgres/rows.hpp"
#include "db/postgres/sqlstate.hpp"

namespace vanna::postgres {

BOOST_AUTO_TEST_SUITE(statement_parameters)

BOOST_AUTO_TEST_CASE(values_become_text_and_nothing_becomes_null) {
    auto const id = new_id();
    params const p(id, 7, true, std::optional<int>{}, "text", nullptr, std::int64_t(-1));
    auto const values = p.pointers();
    BOOST_REQUIRE(p.count() == 7);
    BOOST_TEST(values[0] == to_string(id));
    BOOST_TEST(std::string(values[1]) == "7");
    BOOST_TEST(std::string(values[2]) == "t");
    BOOST_TEST(!values[3]);
    BOOST_TEST(std::string(values[4]) == "text");
    BOOST_TEST(!values[5]);
    BOOST_TEST(std::string(values[6]) == "-1");
}

BOOST_AUTO_TEST_CASE(a_zero_byte_does_not_cut_a_text_short) {
    params const p(std::string("admin@example.com\0x", 19));
    BOOST_TEST(std::string(p.pointers()[0]) == "admin@example.com\xEF\xBF\xBDx");
}

BOOST_AUTO_TEST_CASE(bytes_and_lists_take_postgresqls_forms) {
    params p;
    p.add_bytes(std::string("\x00\xff", 2)).add_list({"a", "b \"q\" \\ ,{}", ""});
    BOOST_TEST(std::string(p.pointers()[0]) == "\\x00ff");
    BOOST_TEST(std::string(p.pointers()[1]) == R"({"a","b \"q\" \\ ,{}",""})");
}

BOOST_AUTO_TEST_CASE(a_list_survives_its_text) {
    std::vector<std::string> const values{"plain", "with, comma", "\"quoted\"", "back\\slash",
                                          "",      "NULL",        "ünï"};
    params p;
    p.add_list(values);
    BOOST_TEST(parse_list(p.pointers()[0]) == values, boost::test_tools::per_element());
    BOOST_TEST(parse_list("{}").empty());
    BOOST_TEST(parse_list("{a,NULL,b}").size() == 2u);
}

BOOST_AUTO_TEST_CASE(text_that_postgresql_cannot_store_is_repaired) {
    BOOST_TEST(storable("grün €\U0001F600") == "grün €\U0001F600");
    BOOST_TEST(storable(std::string("a\0b", 3)) ==
               "a\xEF\xBF\xBD"
               "b");
    for (auto bad : {"\xFF", "\xC0\x80", "\xED\xA0\x80", "\xF4\x90\x80\x80", "\xE2\x82", "\x80"})
        BOOST_TEST(storable(bad).starts_with("\xEF\xBF\xBD"));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(sqlstates)

BOOST_AUTO_TEST_CASE(codes_mean_what_the_routes_answer) {
    auto const code = [](std::string_view s) { return translate(s, "m", "c").code; };
    BOOST_TEST((code("23505") == errc::conflict));
    BOOST_TEST((code("57014") == errc::deadline_exceeded));
    BOOST_TEST((code("57P01") == errc::unavailable));
    BOOST_TEST((code("08006") == errc::unavailable));
    BOOST_TEST((code("53300") == errc::unavailable));
    BOOST_TEST((code("22P02") == errc::invalid_input));
    BOOST_TEST((code("42601") == errc::internal));
    BOOST_TEST((code("") == errc::unavailable));
}

BOOST_AUTO_TEST_CASE(what_the_server_said_stays_out_of_the_public_text) {
    auto const e = translate("23505", "duplicate key value violates \"users_email\"\n", "create user");
    BOOST_TEST(e.message.find("users_email") == std::string::npos);
    BOOST_TEST(e.detail == "create user: SQLSTATE 23505: duplicate key value violates \"users_email\"");
}

BOOST_AUTO_TEST_CASE(a_server_that_ends_the_connection_is_told_from_a_failed_statement) {
    BOOST_TEST((kind_of("57P01") == failure_kind::connection));
    BOOST_TEST((kind_of("") == failure_kind::connection));
    BOOST_TEST((kind_of("57014") == failure_kind::statement));
    BOOST_TEST((kind_of("26000") == failure_kind::not_prepared));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vanna::postgres
