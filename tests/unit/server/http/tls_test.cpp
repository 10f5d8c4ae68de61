#include "core/net/http_client.hpp"
#include "tests/support/certificate.hpp"
#include "tests/support/run_coroutine.hpp"
#include "tests/unit/server/http/served.hpp"

namespace vanna::http {
namespace {

using test::served;

net::origin https_at(std::uint16_t port, std::string host = "127.0.0.1") {
    net::origin out;
    out.tls = true;
    out.host = std::move(host);
    out.port = port;
    return out;
}

deadline soon() {
    return after(std::chrono::seconds(5));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(tls)

BOOST_AUTO_TEST_CASE(the_same_server_speaks_https_and_our_client_verifies_it) {
    test::certificate const made;
    served site({.tls_cert_file = made.certificate_file(), .tls_key_file = made.key_file()});
    test::run_coroutine([&]() -> awaitable<void> {
        auto executor = co_await asio::this_coro::executor;
        net::http_client client(executor, https_at(site.port()), {.ca_file = made.certificate_file()});
        auto const small = co_await client.request({"POST", "/echo/a", "body", {}}, soon());
        BOOST_REQUIRE(small);
        BOOST_TEST(small->body == "POST a body=body");
        auto const large = co_await client.request({"GET", "/large?size=3000000", "", {}}, soon());
        BOOST_REQUIRE(large);
        BOOST_TEST(large->body.size() == 3'000'000u);
        auto const chunks = co_await client.request({"GET", "/stream?count=20&size=100000", "", {}}, soon());
        BOOST_REQUIRE(chunks);
        BOOST_TEST(chunks->body.size() == 2'000'000u);
        auto const upload =
            co_await client.request({"POST", "/size", std::string(1024 * 1024, 'u'), {}}, soon());
        BOOST_REQUIRE(upload);
        BOOST_TEST(upload->body == "1048576");
        BOOST_TEST(site.accepted() == 1u);
        net::http_client stranger(executor, https_at(site.port()));
        auto const refused = co_await stranger.request({}, soon());
        BOOST_REQUIRE(!refused);
        BOOST_TEST(int(refused.error().code) == int(errc::unavailable));
    });
    served::eventually([&] { return site.open() == 0; }, "the connections end with the client");
}

BOOST_AUTO_TEST_CASE(a_certificate_for_another_host_is_refused) {
    test::certificate const made;
    served site({.tls_cert_file = made.certificate_file(), .tls_key_file = made.key_file()});
    test::run_coroutine([&]() -> awaitable<void> {
        auto executor = co_await asio::this_coro::executor;
        net::http_client client(executor, https_at(site.port(), "localhost"),
                                {.ca_file = made.certificate_file()});
        BOOST_TEST(!(co_await client.request({}, soon())));
    });
}

BOOST_AUTO_TEST_CASE(a_probe_of_ones_own_server_wants_its_certificate_whatever_name_it_is_for) {
    test::certificate const made, other;
    served site({.tls_cert_file = made.certificate_file(), .tls_key_file = made.key_file()});
    test::run_coroutine([&]() -> awaitable<void> {
        auto executor = co_await asio::this_coro::executor;
        auto const probe = [&](std::string file) -> awaitable<result<net::http_reply>> {
            net::http_client client(executor, https_at(site.port(), "localhost"),
                                    {.own_certificate_file = std::move(file)});
            co_return co_await client.request({"POST", "/echo/a", "body", {}}, soon());
        };
        BOOST_TEST(bool(co_await probe(made.certificate_file())));
        auto const stranger = co_await probe(other.certificate_file());
        BOOST_REQUIRE(!stranger);
        BOOST_TEST(stranger.error().detail.find("certificate verify failed") != std::string::npos);
        auto const nothing = co_await probe("/nowhere/certificate.pem");
        BOOST_REQUIRE(!nothing);
        BOOST_TEST(nothing.error().message.find("/nowhere/certificate.pem") != std::string::npos);
    });
    served::eventually([&] { return site.open() == 0; }, "the connections end with the client");
}

BOOST_AUTO_TEST_CASE(who_speaks_plain_http_or_nothing_at_the_tls_port_is_dropped) {
    test::certificate const made;
    served site({.sweep = std::chrono::milliseconds(5),
                 .header_time = std::chrono::milliseconds(40),
                 .tls_cert_file = made.certificate_file(),
                 .tls_key_file = made.key_file()});
    auto plain = site.connect();
    plain.send("GET /health/live HTTP/1.1\r\nHost: a\r\n\r\n");
    BOOST_TEST(plain.closed_by_server());
    BOOST_TEST(site.connect().closed_by_server());
}

BOOST_AUTO_TEST_CASE(files_that_are_no_certificate_stop_the_start_and_are_named) {
    test::certificate const made;
    runtime workers(1);
    router const routes{std::initializer_list<std::span<route const>>{}};
    for (auto const& [cert, key, name] :
         {std::tuple(std::string("/nowhere.pem"), made.key_file(), "TLS_CERT_FILE"),
          std::tuple(made.certificate_file(), std::string("/nowhere.pem"), "TLS_KEY_FILE")}) {
        server s(workers, {.tls_cert_file = cert, .tls_key_file = key}, routes, {{}});
        auto const opened = s.open();
        BOOST_REQUIRE(!opened);
        BOOST_TEST(opened.error().message.starts_with(name));
        BOOST_TEST(opened.error().message.find("/nowhere.pem") != std::string::npos);
    }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vanna::http
