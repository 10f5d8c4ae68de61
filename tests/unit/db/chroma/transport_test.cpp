#include "db/chroma/transport.hpp"

#include "tests/support/fake_chroma.hpp"
#include "tests/unit/core/net/scripted_server.hpp"

namespace vanna {
namespace {

deadline soon() {
    return after(std::chrono::seconds(5));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(chroma_transport)

BOOST_AUTO_TEST_CASE(the_client_speaks_http_to_a_server_and_keeps_the_connection) {
    test::fake_chroma answers;
    test::run_coroutine([&](asio::io_context& io) -> awaitable<void> {
        test::scripted_server server(
            io.get_executor(), [&](test::tcp::socket& socket, int) -> awaitable<void> {
                std::string buffer;
                while (true) {
                    auto const request = co_await test::read_request(socket, buffer);
                    auto const method = request.substr(0, request.find(' '));
                    auto const path = request.substr(
                        method.size() + 1, request.find(' ', method.size() + 1) - method.size() - 1);
                    auto const made =
                        answers.answer(method, path, request.substr(request.find("\r\n\r\n") + 4));
                    co_await test::write(
                        socket, "HTTP/1.1 " + std::to_string(made.status) + " x\r\nContent-Length: " +
                                    std::to_string(made.body.size()) + "\r\n\r\n" + made.body);
                }
            });
        chroma::client c(chroma::connect(io.get_executor(), "127.0.0.1", server.origin().port));
        BOOST_TEST(bool(co_await c.heartbeat(soon())));
        auto const id = (co_await c.create("base_1", {}, soon())).value().id;
        BOOST_TEST(bool(co_await c.upsert(
            id, {{"a", "it's a \"text\"\n\xc3\xa4", {{"kind", "ddl"}}, {1, 0.5f}}}, 10, soon())));
        auto const found = (co_await c.nearest(id, {1, 0.5f}, 1, {}, soon())).value();
        BOOST_REQUIRE(found.size() == 1u);
        BOOST_TEST(found[0].found.document == "it's a \"text\"\n\xc3\xa4");
        auto const missing = co_await c.get("base_2", soon());
        BOOST_TEST((missing.error().code == errc::not_found));
        BOOST_TEST(server.connections() == 1);
        co_await server.stop();
    });
}

BOOST_AUTO_TEST_CASE(a_server_that_is_not_there_cuts_off_or_says_nothing_is_unavailable_or_late) {
    test::run_coroutine([&](asio::io_context& io) -> awaitable<void> {
        std::uint16_t port = 0;
        {
            test::scripted_server server(
                io.get_executor(), [&](test::tcp::socket& socket, int n) -> awaitable<void> {
                    std::string buffer;
                    co_await test::read_request(socket, buffer);
                    if (n > 0)
                        co_await test::write(socket, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf");
                    if (n == 2) co_await test::read_request(socket, buffer);
                });
            port = server.origin().port;
            chroma::client c(chroma::connect(io.get_executor(), "127.0.0.1", port));
            for (int i = 0; i < 2; ++i) {
                auto const broken = co_await c.heartbeat(soon());
                BOOST_TEST((broken.error().code == errc::unavailable));
            }
            auto const late = co_await c.heartbeat(after(std::chrono::milliseconds(50)));
            BOOST_TEST((late.error().code == errc::deadline_exceeded));
            co_await server.stop();
        }
        chroma::client c(chroma::connect(io.get_executor(), "127.0.0.1", port));
        auto const gone = co_await c.heartbeat(soon());
        BOOST_TEST((gone.error().code == errc::unavailable));
    });
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vanna
