#include "server/middleware/admission.hpp"

#include "server/middleware/cookies.hpp"
#include "tests/unit/server/http/served.hpp"

namespace vanna::http {
namespace {

using test::served;

std::string bearer(char const* token) {
    return std::string("Authorization: Bearer ") + token + "\r\n";
}

}  // namespace

BOOST_AUTO_TEST_SUITE(admission)

BOOST_AUTO_TEST_CASE(no_token_or_a_wrong_one_is_401_with_the_challenge) {
    served site;
    auto client = site.connect();
    auto const none = client.get("/viewer");
    BOOST_TEST(none.status == 401);
    BOOST_TEST(none.header("www-authenticate") == "Bearer realm=\"vanna\"");
    auto const wrong = client.get("/viewer", bearer("nonsense"));
    BOOST_TEST(wrong.status == 401);
    BOOST_TEST(wrong.header("www-authenticate") == "Bearer realm=\"vanna\", error=\"invalid_token\"");
    for (auto const* odd : {"Authorization: Basic dXNlcjpwYXNz\r\n", "Authorization: Bearer\r\n",
                            "Authorization: Bearer \r\n", "Authorization:\r\n"})
        BOOST_TEST(client.get("/viewer", odd).status == 401);
}

BOOST_AUTO_TEST_CASE(a_role_opens_its_routes_and_those_below) {
    served site;
    auto client = site.connect();
    BOOST_TEST(client.get("/viewer", bearer("viewer:v@x")).body == "v@x");
    BOOST_TEST(client.get("/viewer", "authorization: bearer admin:a@x\r\n").body == "a@x");
    BOOST_TEST(client.get("/admin-only", bearer("admin:a@x")).status == 200);
    auto const forbidden = client.get("/admin-only", bearer("analyst:b@x"));
    BOOST_TEST(forbidden.status == 403);
    BOOST_TEST(forbidden.body.find("admin") != std::string::npos);
    // The principal of one request is not that of the next.
    BOOST_TEST(client.get("/viewer").status == 401);
}

BOOST_AUTO_TEST_CASE(an_administrator_does_nothing_that_could_not_be_recorded) {
    served site;
    auto client = site.connect();
    site.state().trail_is_full = true;
    BOOST_TEST(client.get("/admin-only", bearer("admin:a@x")).status == 503);
    BOOST_TEST(client.get("/admin-only", bearer("analyst:b@x")).status == 403);
    BOOST_TEST(client.get("/viewer", bearer("admin:a@x")).status == 200);
    site.state().trail_is_full = false;
    BOOST_TEST(client.get("/admin-only", bearer("admin:a@x")).status == 200);
}

BOOST_AUTO_TEST_CASE(maintenance_keeps_writers_away_and_readers_not) {
    served site;
    auto client = site.connect();
    site.state().maintenance = true;
    for (auto const& refused : {client.post("/viewer", "", bearer("viewer:v@x")), client.post("/size", "x"),
                                client.post("/echo/x", "")}) {
        BOOST_TEST(refused.status == 503);
        BOOST_TEST(refused.header("retry-after") == "5");
        BOOST_TEST(refused.body.find("maintenance\"") != std::string::npos);
        BOOST_TEST(refused.body.find("restoring backup_1") != std::string::npos);
    }
    BOOST_TEST(client.post("/viewer", "").status == 401, "strangers learn nothing of it there");
    BOOST_TEST(client.get("/viewer", bearer("viewer:v@x")).status == 200);
    BOOST_TEST(client.post("/always", "", bearer("viewer:v@x")).status == 200);
    site.state().maintenance = false;
    BOOST_TEST(client.post("/viewer", "", bearer("viewer:v@x")).status == 200);
}

BOOST_AUTO_TEST_CASE(a_route_that_only_wants_to_know_takes_anybody) {
    served site;
    auto client = site.connect();
    BOOST_TEST(client.get("/who").body == "nobody");
    BOOST_TEST(client.get("/who", bearer("nonsense")).body == "nobody");
    BOOST_TEST(client.get("/who", bearer("viewer:v@x")).body == "v@x");
}

BOOST_AUTO_TEST_CASE(a_browser_session_may_write_only_from_our_own_pages) {
    served site;
    auto client = site.connect();
    std::string const session = "Cookie: a=b; vanna_session=viewer:v@x; c=d\r\n";
    BOOST_TEST(client.get("/viewer", session).body == "v@x");
    BOOST_TEST(client.post("/viewer", "", session + "Origin: http://test\r\n").status == 200);
    BOOST_TEST(client.post("/viewer", "", session + "Sec-Fetch-Site: same-origin\r\n").status == 200);
    for (auto const* origin :
         {"", "Origin: null\r\n", "Origin: http://evil\r\n", "Origin: http://test.evil\r\n",
          "Origin: http://test:81\r\n", "Sec-Fetch-Site: cross-site\r\n",
          "Origin: http://evil\r\nSec-Fetch-Site: same-origin\r\n"}) {
        auto const reply = client.post("/viewer", "", session + origin);
        BOOST_TEST(reply.status == 403, origin);
    }
    BOOST_TEST(client.post("/viewer", "", bearer("viewer:v@x") + "Origin: http://evil\r\n").status == 200);
}

BOOST_AUTO_TEST_CASE(a_bearer_token_wins_over_a_cookie) {
    served site;
    std::string const both = bearer("nonsense") + "Cookie: vanna_session=viewer:v@x\r\n";
    BOOST_TEST(site.connect().get("/viewer", both).status == 401);
}

BOOST_AUTO_TEST_CASE(cookies_are_found_by_their_whole_name) {
    BOOST_TEST(cookie("a=1; ab=2; b=\"3\"", "a") == "1");
    BOOST_TEST(cookie("a=1; ab=2; b=\"3\"", "ab") == "2");
    BOOST_TEST(cookie("a=1; ab=2; b=\"3\"", "b") == "3");
    BOOST_TEST(cookie("xa=1;a;=2", "a") == "");
    auto const made = session_cookie("t", std::chrono::seconds(60), true);
    BOOST_TEST(made == "vanna_session=t; Path=/; HttpOnly; SameSite=Strict; Max-Age=60; Secure");
    BOOST_TEST(expired_session_cookie(false) ==
               "vanna_session=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vanna::http
