#include <boost/json.hpp>

#include "tests/unit/server/http/served.hpp"

namespace vanna::http {
namespace {

using test::served;

std::string raw_get(std::string const& target, std::string const& headers = "") {
    return "GET " + target + " HTTP/1.1\r\nHost: test\r\n" + headers + "\r\n";
}

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
        BOOST_TEST(reply.header("x-frame-options") == "DENY");
        BOOST_TEST(reply.header("content-security-policy").starts_with("default-src 'none'"));
        BOOST_TEST(reply.header("date").ends_with(" GMT"));
    }
    BOOST_TEST(client.post("/echo/x", "some body").body == "POST x body=some body");
    BOOST_TEST(site.counts().accepted.get() == 1u);
}

BOOST_AUTO_TEST_CASE(pipelined_requests_are_answered_in_order_even_in_one_segment) {
    served site;
    auto client = site.connect();
    std::string all;
    for (int i = 0; i < 100; ++i)
        all += raw_get("/echo/" + std::to_string(i));
    client.send(all + "POST /echo/last HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc" +
                raw_get("/health/live"));
    for (int i = 0; i < 100; ++i)
        BOOST_TEST(client.read().body == "GET " + std::to_string(i));
    BOOST_TEST(client.read().body == "POST last body=abc");
    BOOST_TEST(client.read().body == R"({"status":"ok"})");
}

BOOST_AUTO_TEST_CASE(a_request_in_single_bytes_is_a_request) {
    served site;
    auto client = site.connect();
    for (char c : std::string(
             "POST /echo/x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"))
        client.send({&c, 1});
    BOOST_TEST(client.read().body == "POST x body=abc");
}

BOOST_AUTO_TEST_CASE(the_request_id_is_taken_if_it_is_harmless_and_made_if_not) {
    served site;
    auto client = site.connect();
    BOOST_TEST(client.get("/health/live", "X-Request-Id: a-B_9.x\r\n").header("x-request-id") == "a-B_9.x");
    auto const longest = std::string(64, 'x');
    BOOST_TEST(client.get("/health/live", "X-Request-Id: " + longest + "\r\n").header("x-request-id") ==
               longest);
    for (auto const& bad : {longest + "x", std::string("a b"), std::string("a\"b"), std::string()}) {
        auto const made = client.get("/health/live", "X-Request-Id: " + bad + "\r\n").header("x-request-id");
        BOOST_TEST(made.size() == 36u);
    }
}

BOOST_AUTO_TEST_CASE(head_says_what_get_would_without_the_body) {
    served site;
    auto client = site.connect();
    client.send("HEAD /echo/abc HTTP/1.1\r\nHost: a\r\n\r\n" + raw_get("/echo/b"));
    auto const reply = client.read(true);
    BOOST_TEST(reply.status == 200);
    BOOST_TEST(reply.header("content-length") == "8");
    BOOST_TEST(client.read().body == "GET b");
    client.send(
        "HEAD /large?size=100000 HTTP/1.1\r\nHost: a\r\n\r\nHEAD /nothing HTTP/1.1\r\nHost: a\r\n\r\n"
        "HEAD /stream?count=3&size=3 HTTP/1.1\r\nHost: a\r\n\r\n" +
        raw_get("/echo/b"));
    BOOST_TEST(client.read(true).header("content-length") == "100000");
    BOOST_TEST(client.read(true).status == 404);
    BOOST_TEST(client.read(true).chunked);
    BOOST_TEST(client.read().body == "GET b");
}

BOOST_AUTO_TEST_CASE(what_is_not_there_is_a_problem) {
    served site;
    auto client = site.connect();
    auto const missing = client.get("/nothing");
    BOOST_TEST(missing.status == 404);
    BOOST_TEST(missing.header("content-type") == "application/problem+json");
    auto const body = boost::json::parse(missing.body).as_object();
    BOOST_TEST(body.at("type").as_string() == "not-found");
    BOOST_TEST(body.at("request_id").as_string() == missing.header("x-request-id"));
    auto const wrong = client.post("/health/live", "");
    BOOST_TEST(wrong.status == 405);
    BOOST_TEST(wrong.header("allow") == "GET, HEAD, OPTIONS");
    auto const slash = client.get("/echo/x/?a=1");
    BOOST_TEST(slash.status == 308);
    BOOST_TEST(slash.header("location") == "/echo/x?a=1");
    BOOST_TEST(client.get("/echo/%zz").status == 400);
    BOOST_TEST(client.get("/echo/x?a=%zz").status == 400);
}

BOOST_AUTO_TEST_CASE(an_error_is_rendered_with_its_public_half) {
    served site;
    auto client = site.connect();
    auto const reply = client.get("/failing");
    BOOST_TEST(reply.status == 422);
    BOOST_TEST(reply.header("retry-after") == "7");
    BOOST_TEST(reply.body.find("secret") == reply.body.npos);
    auto const body = boost::json::parse(reply.body).as_object();
    BOOST_TEST(body.at("errors").as_array().at(0).at("field").as_string() == "sql");
}

BOOST_AUTO_TEST_CASE(a_handler_that_throws_is_a_500_without_its_text_and_the_connection_lives_on) {
    served site;
    auto client = site.connect();
    auto const reply = client.get("/throwing");
    BOOST_TEST(reply.status == 500);
    BOOST_TEST(reply.body.find("secret") == reply.body.npos);
    BOOST_TEST(client.get("/health/live").status == 200);
    BOOST_TEST(site.counts().exceptions.get() == 1u);
}

BOOST_AUTO_TEST_CASE(a_header_value_cannot_make_a_header) {
    served site;
    auto const reply = site.connect().get("/split");
    BOOST_TEST(reply.header("x-odd") == "a  set-cookie: b");
    BOOST_TEST(!reply.headers.contains("set-cookie"));
}

BOOST_AUTO_TEST_CASE(a_body_that_is_announced_is_asked_for_once_the_header_was_looked_at) {
    served site;
    auto client = site.connect();
    client.send("POST /echo/x HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n");
    BOOST_TEST(client.read().status == 100);
    client.send("abc");
    BOOST_TEST(client.read().body == "POST x body=abc");
    client.send("POST /viewer HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n");
    auto const refused = client.read();
    BOOST_TEST(refused.status == 401);
    BOOST_TEST(refused.header("connection") == "close");
    BOOST_TEST(client.closed_by_server());
}

BOOST_AUTO_TEST_CASE(http_1_0_and_connection_close_are_honoured) {
    served site;
    {
        auto client = site.connect();
        client.send("GET /echo/a HTTP/1.0\r\n\r\n");
        auto const reply = client.read();
        BOOST_TEST(reply.body == "GET a");
        BOOST_TEST(reply.header("connection") == "close");
        BOOST_TEST(client.closed_by_server());
    }
    {
        auto client = site.connect();
        client.send("GET /echo/a HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
        BOOST_TEST(client.read().header("connection") == "keep-alive");
        client.send("GET /echo/b HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
        BOOST_TEST(client.read().body == "GET b");
        BOOST_TEST(client.closed_by_server());
    }
}

BOOST_AUTO_TEST_CASE(a_client_that_stops_sending_still_gets_its_reply) {
    served site;
    auto client = site.connect();
    client.send(raw_get("/large?size=3000000"));
    client.shutdown_sending();
    BOOST_TEST(client.read().body.size() == 3'000'000u);
    BOOST_TEST(client.closed_by_server());
}

BOOST_AUTO_TEST_CASE(browsers_of_listed_origins_may_call) {
    served site({.cors_origins = {"https://app.example.com"}});
    auto client = site.connect();
    auto const good = client.get("/health/live", "Origin: https://app.example.com\r\n");
    BOOST_TEST(good.header("access-control-allow-origin") == "https://app.example.com");
    BOOST_TEST(good.header("vary") == "origin");
    BOOST_TEST(!good.headers.contains("access-control-allow-credentials"));
    auto const bad = client.get("/health/live", "Origin: https://app.example.com.evil.org\r\n");
    BOOST_TEST(bad.header("access-control-allow-origin") == "");
    client.send(
        "OPTIONS /viewer HTTP/1.1\r\nHost: a\r\nOrigin: https://app.example.com\r\n"
        "Access-Control-Request-Method: POST\r\n\r\n");
    auto const preflight = client.read();
    BOOST_TEST(preflight.status == 204);
    BOOST_TEST(preflight.header("access-control-allow-methods") == "GET, HEAD, POST, OPTIONS");
    BOOST_TEST(preflight.header("access-control-allow-origin") == "https://app.example.com");
    client.send("OPTIONS /viewer HTTP/1.1\r\nHost: a\r\n\r\n");
    BOOST_TEST(client.read().header("allow") == "GET, HEAD, POST, OPTIONS");
    client.send("OPTIONS /nothing HTTP/1.1\r\nHost: a\r\n\r\n");
    BOOST_TEST(client.read().status == 404);
}

BOOST_AUTO_TEST_CASE(the_address_behind_a_proxy_counts_only_from_trusted_ones) {
    auto const header = "X-Forwarded-For: 1.2.3.4, 9.9.9.9\r\nX-Forwarded-Proto: https\r\n";
    BOOST_TEST(served().connect().get("/remote", header).body == "127.0.0.1");
    served site({.trusted_proxies = *parse_cidrs("127.0.0.0/8")});
    BOOST_TEST(site.connect().get("/remote", header).body == "9.9.9.9 secure");
    BOOST_TEST(site.connect().get("/remote").body == "127.0.0.1 here");
    BOOST_TEST(site.connect().get("/remote", "X-Forwarded-For: 127.0.0.1\r\n").body == "127.0.0.1");
    // A proxy may add a line of its own below the client's.
    BOOST_TEST(
        site.connect().get("/remote", "X-Forwarded-For: 6.6.6.6\r\nX-Forwarded-For: 9.9.9.9\r\n").body ==
        "9.9.9.9");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vanna::http
