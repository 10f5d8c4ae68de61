#include "core/net/http_client.hpp"

#include "tests/unit/core/net/scripted_server.hpp"

namespace vanna::net {
namespace {

using test::ok;
using test::read_request;
using test::scripted_server;
using test::tcp;

deadline soon() {
    return after(std::chrono::seconds(5));
}

// Answers every request with its own number on the connection.
awaitable<void> count_requests(tcp::socket& socket, int) {
    std::string buffer;
    for (int n = 1;; ++n) {
        co_await read_request(socket, buffer);
        co_await test::write(socket, ok(std::to_string(n)));
    }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(http_clients)

BOOST_AUTO_TEST_CASE(calls_share_one_kept_connection) {
    test::run_coroutine([]() -> awaitable<void> {
        auto executor = co_await asio::this_coro::executor;
        scripted_server server(executor, count_requests);
        http_client client(executor, server.origin());
        for (auto const* expected : {"1", "2", "3"}) {
            auto const reply = co_await client.request({}, soon());
            BOOST_REQUIRE(reply);
            BOOST_TEST(reply->status == 200u);
            BOOST_TEST(reply->body == expected);
        }
        BOOST_TEST(server.connections() == 1);
        co_await server.stop();
    });
}

BOOST_AUTO_TEST_CASE(what_is_sent_and_what_comes_back_is_exact) {
    test::run_coroutine([]() -> awaitable<void> {
        auto executor = co_await asio::this_coro::executor;
        std::string seen;
        scripted_server server(executor, [&seen](tcp::socket& socket, int) -> awaitable<void> {
            std::string buffer;
            seen = co_await read_request(socket, buffer);
            co_await test::write(socket,
                                 "HTTP/1.1 404 Not Found\r\nX-Trace: abc\r\n"
                                 "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n");
        });
        auto to = server.origin();
        to.base = "/api/v2";
        http_client client(executor, to);
        auto const reply = co_await client.request(
            {"POST", "/things?x=1", "{\"a\":1}", {{"content-type", "application/json"}}}, soon());
        BOOST_REQUIRE(reply);
        BOOST_TEST(reply->status == 404u);
        BOOST_TEST(reply->body == "abcde");
        BOOST_TEST(reply->header("x-trace") == "abc");
        BOOST_TEST(seen.starts_with("POST /api/v2/things?x=1 HTTP/1.1\r\nHost: 127.0.0.1:"));
        BOOST_TEST(seen.ends_with("\r\n\r\n{\"a\":1}"));
        co_await server.stop();
    });
}

BOOST_AUTO_TEST_CASE(a_kept_connection_that_the_server_closed_is_replaced_without_the_caller_noticing) {
    test::run_coroutine([]() -> awaitable<void> {
        auto executor = co_await asio::this_coro::executor;
        scripted_server server(executor, [](tcp::socket& socket, int) -> awaitable<void> {
            std::string buffer;
            co_await read_request(socket, buffer);
            co_await test::write(socket, ok("once"));
        });
        http_client client(executor, server.origin());
        for (int i = 0; i < 3; ++i) {
            auto const reply = co_await client.request({}, soon());
            BOOST_REQUIRE(reply);
            BOOST_TEST(reply->body == "once");
        }
        BOOST_TEST(server.connections() == 3);
        co_await server.stop();
    });
}

BOOST_AUTO_TEST_CASE(a_connection_that_dies_under_the_second_call_is_tried_once_more) {
    test::run_coroutine([]() -> awaitable<void> {
        auto executor = co_await asio::this_coro::executor;
        scripted_server server(executor, [](tcp::socket& socket, int) -> awaitable<void> {
            std::string buffer;
            co_await read_request(socket, buffer);
            co_await test::write(socket, ok("first"));
            co_await read_request(socket, buffer);  // and closes without a word
        });
        http_client client(executor, server.origin());
        BOOST_TEST((co_await client.request({}, soon()))->body == "first");
        auto const second = co_await client.request({}, soon());
        BOOST_REQUIRE(second);
        BOOST_TEST(second->body == "first");
        BOOST_TEST(server.connections() == 2);
        co_await server.stop();
    });
}

BOOST_AUTO_TEST_CASE(a_fresh_connection_that_dies_is_an_error_not_a_second_try) {
    test::run_coroutine([]() -> awaitable<void> {
        auto executor = co_await asio::this_coro::executor;
        scripted_server server(executor, [](tcp::socket& socket, int) -> awaitable<void> {
            std::string buffer;
            co_await read_request(socket, buffer);
        });
        http_client client(executor, server.origin());
        auto const reply = co_await client.request({}, soon());
        BOOST_REQUIRE(!reply);
        BOOST_TEST(int(reply.error().code) == int(errc::unavailable));
        BOOST_TEST(server.connections() == 1);
        co_await server.stop();
    });
}

BOOST_AUTO_TEST_CASE(half_a_reply_is_an_error_and_is_not_sent_again) {
    test::run_coroutine([]() -> awaitable<void> {
        auto executor = co_await asio::this_coro::executor;
        scripted_server server(executor, [](tcp::socket& socket, int) -> awaitable<void> {
            std::string buffer;
            co_await read_request(socket, buffer);
            co_await test::write(socket, ok("whole"));
            co_await read_request(socket, buffer);
            co_await test::write(socket, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf");
        });
        http_client client(executor, server.origin());
        BOOST_TEST(bool(co_await client.request({}, soon())));
        auto const reply = co_await client.request({}, soon());
        BOOST_REQUIRE(!reply);
        BOOST_TEST(int(reply.error().code) == int(errc::unavailable));
        BOOST_TEST(server.connections() == 1);
        co_await server.stop();
    });
}

BOOST_AUTO_TEST_CASE(the_deadline_covers_the_whole_call) {
    test::run_coroutine([]() -> awaitable<void> {
        auto executor = co_await asio::this_coro::executor;
        scripted_server server(executor, [](tcp::socket& socket, int) -> awaitable<void> {
            std::string buffer;
            co_await read_request(socket, buffer);
            co_await test::write(socket, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nslow");
            co_await read_request(socket, buffer);
        });
        http_client client(executor, server.origin());
        auto const reply = co_await client.request({}, after(std::chrono::milliseconds(30)));
        BOOST_REQUIRE(!reply);
        BOOST_TEST(int(reply.error().code) == int(errc::deadline_exceeded));
        auto const late = co_await client.request({}, after(std::chrono::milliseconds(-1)));
        BOOST_TEST(int(late.error().code) == int(errc::deadline_exceeded));
        co_await server.stop();
    });
}

BOOST_AUTO_TEST_CASE(a_body_one_byte_over_the_limit_is_refused) {
    test::run_coroutine([]() -> awaitable<void> {
        auto executor = co_await asio::this_coro::executor;
        scripted_server server(executor, [](tcp::socket& socket, int number) -> awaitable<void> {
            std::string buffer;
            co_await read_request(socket, buffer);
            co_await test::write(socket,
                                 ok(std::string(number == 0 ? 100 : 101, 'x'), "Connection: close\r\n"));
        });
        http_client client(executor, server.origin(), {.most_body = 100});
        BOOST_TEST((co_await client.request({}, soon()))->body.size() == 100u);
        auto const reply = co_await client.request({}, soon());
        BOOST_REQUIRE(!reply);
        BOOST_TEST(int(reply.error().code) == int(errc::unavailable));
        co_await server.stop();
    });
}

BOOST_AUTO_TEST_CASE(more_calls_than_connections_wait_their_turn_and_more_than_may_wait_are_turned_away) {
    test::run_coroutine([]() -> awaitable<void> {
        auto executor = co_await asio::this_coro::executor;
        scripted_server server(executor, count_requests);
        http_client client(executor, server.origin(), {.most_connections = 2, .most_waiting = 3});
        task_group group(executor);
        int good = 0, overloaded = 0;
        for (int i = 0; i < 7; ++i)
            group.spawn("call", [&]() -> awaitable<void> {
                auto const reply = co_await client.request({}, soon());
                good += reply.has_value();
                overloaded += !reply && reply.error().code == errc::overloaded;
            });
        co_await group.wait();
        BOOST_TEST(good == 5);
        BOOST_TEST(overloaded == 2);
        BOOST_TEST(server.connections() == 2);
        BOOST_TEST(client.in_flight() == 0u);
        co_await server.stop();
    });
}

BOOST_AUTO_TEST_CASE(a_cancelled_call_gives_its_slot_back) {
    test::run_coroutine([]() -> awaitable<void> {
        auto executor = co_await asio::this_coro::executor;
        scripted_server server(executor, [](tcp::socket& socket, int number) -> awaitable<void> {
            std::string buffer;
            co_await read_request(socket, buffer);
            if (number == 0) co_await read_request(socket, buffer);  // never answers
            co_await test::write(socket, ok("yes"));
        });
        http_client client(executor, server.origin(), {.most_connections = 1});
        task_group group(executor);
        group.spawn("stuck", [&]() -> awaitable<void> { (void)co_await client.request({}, soon()); });
        while (server.connections() == 0)
            co_await asio::post(executor, asio::use_awaitable);
        group.cancel();
        co_await group.wait();
        BOOST_TEST(client.in_flight() == 0u);
        BOOST_TEST((co_await client.request({}, soon()))->body == "yes");
        co_await server.stop();
    });
}

BOOST_AUTO_TEST_CASE(a_stream_gives_pieces_as_they_come) {
    test::run_coroutine([]() -> awaitable<void> {
        auto executor = co_await asio::this_coro::executor;
        asio::steady_timer go_on(executor, asio::steady_timer::time_point::max());
        scripted_server server(executor, [&go_on](tcp::socket& socket, int) -> awaitable<void> {
            std::string buffer;
            co_await read_request(socket, buffer);
            co_await test::write(socket, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\none\r\n");
            boost::system::error_code ec;
            co_await go_on.async_wait(asio::redirect_error(asio::use_awaitable, ec));
            co_await test::write(socket, "3\r\ntwo\r\n0\r\n\r\n");
            co_await read_request(socket, buffer);
            co_await test::write(socket, ok("kept"));
        });
        http_client client(executor, server.origin());
        {
            auto stream = co_await client.open({}, soon());
            BOOST_REQUIRE(stream);
            BOOST_TEST((*stream)->head().status == 200u);
            BOOST_TEST(**(co_await (*stream)->next(soon())) == "one");
            go_on.cancel();
            BOOST_TEST(**(co_await (*stream)->next(soon())) == "two");
            BOOST_TEST(!(co_await (*stream)->next(soon()))->has_value());
        }
        BOOST_TEST((co_await client.request({}, soon()))->body == "kept");
        BOOST_TEST(server.connections() == 1);
        co_await server.stop();
    });
}

BOOST_AUTO_TEST_CASE(nobody_listening_is_unavailable_and_names_the_place_for_the_log_only) {
    test::run_coroutine([]() -> awaitable<void> {
        auto executor = co_await asio::this_coro::executor;
        tcp::acceptor taken(executor, {asio::ip::address_v4::loopback(), 0});
        origin to;
        to.host = "127.0.0.1";
        to.port = taken.local_endpoint().port();
        taken.close();
        http_client client(executor, to);
        auto const reply = co_await client.request({}, soon());
        BOOST_REQUIRE(!reply);
        BOOST_TEST(int(reply.error().code) == int(errc::unavailable));
        BOOST_TEST(reply.error().message.find("127.0.0.1") == std::string::npos);
        BOOST_TEST(reply.error().detail.find("127.0.0.1") != std::string::npos);
    });
}

BOOST_AUTO_TEST_CASE(origins_are_parsed_or_refused_with_a_reason) {
    auto const a = parse_origin("https://[::1]/v1/");
    BOOST_REQUIRE(a);
    BOOST_TEST(a->tls);
    BOOST_TEST(a->host == "::1");
    BOOST_TEST(a->port == 443);
    BOOST_TEST(a->base == "/v1");
    BOOST_TEST(a->authority() == "[::1]");
    BOOST_TEST(parse_origin("http://localhost:8001")->authority() == "localhost:8001");
    for (auto const* bad :
         {"localhost:8001", "ftp://x", "http://", "http://u:p@x", "http://x?y", "http://x:99999"})
        BOOST_TEST(!parse_origin(bad), bad);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vanna::net
