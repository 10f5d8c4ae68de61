#include "tests/unit/server/http/served.hpp"

namespace vanna::http {
namespace {

using test::served;

}  // namespace

BOOST_AUTO_TEST_SUITE(serving)

BOOST_AUTO_TEST_CASE(a_request_gets_its_reply_and_the_connection_lives_on) {
    served site;
    auto client = site.connect();
    for (int i = 0; i < 3; ++i) {
        auto const reply = client.get("/echo/a%20b?x=1&x=2");
        BOOST_TEST(reply.status == 200);
        BOOST_TEST(reply.body == "GET a b x=1 x=2");
        BOOST_TEST(reply.header("x-content-type-options") == "nosniff");
        BOOST_TEST(reply.header("x-request-id").size() == 36u);
    }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vanna::http
