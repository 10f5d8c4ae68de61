#include "server/middleware/address.hpp"

#include <boost/test/unit_test.hpp>

namespace vanna::http {
namespace {

bool contains(char const* block, char const* address) {
    return cidr::parse(block)->contains(boost::asio::ip::make_address(address));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(client_addresses)

BOOST_AUTO_TEST_CASE(blocks_hold_what_their_prefix_says) {
    BOOST_TEST(contains("10.0.0.0/8", "10.255.0.1"));
    BOOST_TEST(!contains("10.0.0.0/8", "11.0.0.1"));
    BOOST_TEST(contains("10.1.2.3/31", "10.1.2.2"));
    BOOST_TEST(!contains("10.1.2.3/31", "10.1.2.4"));
    BOOST_TEST(contains("0.0.0.0/0", "255.1.1.1"));
    BOOST_TEST(!contains("0.0.0.0/0", "2001:db8::1"));
    BOOST_TEST(contains("10.0.0.1", "::ffff:10.0.0.1"));
    BOOST_TEST(contains("2001:db8::/33", "2001:db8:7fff::1"));
    BOOST_TEST(!contains("2001:db8::/33", "2001:db8:8000::1"));
    for (auto const* bad :
         {"", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/-1", "10.0.0", "::/129", "x", "10.0.0.0/8x"})
        BOOST_TEST(!cidr::parse(bad), bad);
}

BOOST_AUTO_TEST_CASE(the_client_is_the_last_hop_that_is_not_ours) {
    auto const ours = *parse_cidrs("10.0.0.0/8,::1");
    BOOST_TEST(client_address("10.0.0.1", "1.1.1.1", ours) == "1.1.1.1");
    BOOST_TEST(client_address("10.0.0.1", "6.6.6.6, 1.1.1.1,10.2.2.2", ours) == "1.1.1.1");
    BOOST_TEST(client_address("10.0.0.1", "10.3.3.3, 10.2.2.2", ours) == "10.3.3.3");
    BOOST_TEST(client_address("::1", "2001:db8::1", ours) == "2001:db8::1");
    BOOST_TEST(client_address("9.9.9.9", "1.1.1.1", ours) == "9.9.9.9");
    BOOST_TEST(client_address("10.0.0.1", "", ours) == "10.0.0.1");
    BOOST_TEST(client_address("10.0.0.1", "unknown", ours) == "10.0.0.1");
    BOOST_TEST(client_address("10.0.0.1", "1.1.1.1, <script>, 10.2.2.2", ours) == "10.2.2.2");
    BOOST_TEST(client_address("10.0.0.1", "1.1.1.1", {}) == "10.0.0.1");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vanna::http
