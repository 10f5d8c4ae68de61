#include "core/auth/credentials.hpp"

#include <boost/test/unit_test.hpp>

namespace vanna::auth {
namespace {

std::string times(std::size_t n, std::string_view text) {
    std::string out;
    while (n-- > 0)
        out += text;
    return out;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(credentials)

BOOST_AUTO_TEST_CASE(a_password_has_12_characters_to_72_bytes) {
    BOOST_TEST(!check_password(times(11, "x")));
    BOOST_TEST(!!check_password(times(12, "x")));
    BOOST_TEST(!!check_password(times(72, "x")));
    BOOST_TEST(!check_password(times(73, "x")));
}

BOOST_AUTO_TEST_CASE(characters_are_code_points_and_the_upper_limit_is_bytes) {
    BOOST_TEST(!!check_password(times(12, "é")));
    BOOST_TEST(!check_password(times(11, "é")));
    BOOST_TEST(!!check_password(times(18, "\xF0\x9F\x98\x80")));
    BOOST_TEST(!check_password(times(19, "\xF0\x9F\x98\x80")));
}

BOOST_AUTO_TEST_CASE(text_that_bcrypt_would_cut_or_that_is_no_text_is_refused) {
    BOOST_TEST(!check_password(std::string("longenough\0longenough", 21)));
    for (auto const* bad : {"\xFF", "\xC0\x80", "\xED\xA0\x80", "\xF5\x80\x80\x80", "\xE2\x82", "\x80",
                            "\xF0\x80\x80\x80", "\xE0\x80\x80"})
        BOOST_TEST(!check_password(times(12, "x") + bad));
}

BOOST_AUTO_TEST_CASE(the_message_names_the_field_and_the_limit) {
    auto const r = check_password("short", "new_password");
    BOOST_REQUIRE(!r);
    BOOST_TEST((r.error().code == errc::invalid_input));
    BOOST_TEST(r.error().fields.at(0).field == "new_password");
    BOOST_TEST(r.error().message.find("at least 12") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(addresses_have_one_at_sign_and_no_spaces) {
    for (auto const* good : {"admin@example.com", "a@b", "x+y@sub.example.org", "jürgen@exämple.de"})
        BOOST_TEST(!!check_email(good), good);
    for (auto const* bad : {"", "@", "a@", "@b", "a@b@c", "a b@c", "a@b\n", "<a@b>", "a,b@c", "plain"})
        BOOST_TEST(!check_email(bad), bad);
    BOOST_TEST(!!check_email("a@" + times(252, "b")));
    BOOST_TEST(!check_email("a@" + times(253, "b")));
    BOOST_TEST(lower_email("Admin@EXAMPLE.com") == "admin@example.com");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vanna::auth
