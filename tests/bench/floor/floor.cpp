// The floor that the bench compares with: the least a Beast server can do. One thread, a plain socket,
// Beast's parser and one prebuilt reply. Serves nothing else: no routing, no time-outs, no limits.
#include <boost/asio.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <cstdio>
#include <cstdlib>

namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using tcp = asio::ip::tcp;

constexpr char reply[] =
    "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 30\r\n\r\n"
    R"({"status":"ok","uptime":12345})";

asio::awaitable<void> serve(tcp::socket socket) {
    boost::beast::flat_buffer buffer;
    boost::system::error_code ec;
    socket.set_option(tcp::no_delay(true), ec);
    while (!ec) {
        http::request_parser<http::empty_body> parser;
        co_await http::async_read(socket, buffer, parser, asio::redirect_error(asio::use_awaitable, ec));
        if (ec) break;
        co_await asio::async_write(socket, asio::buffer(reply, sizeof reply - 1),
                                   asio::redirect_error(asio::use_awaitable, ec));
    }
}

asio::awaitable<void> accept(tcp::acceptor& acceptor) {
    for (;;) {
        auto socket = co_await acceptor.async_accept(asio::use_awaitable);
        asio::co_spawn(acceptor.get_executor(), serve(std::move(socket)), [](std::exception_ptr) {});
    }
}

}  // namespace

int main(int argc, char** argv) {
    asio::io_context context(1);
    auto const port = std::uint16_t(argc > 1 ? std::atoi(argv[1]) : 0);
    tcp::acceptor acceptor(context, {asio::ip::address_v4::loopback(), port});
    std::printf("listening on 127.0.0.1:%d\n", acceptor.local_endpoint().port());
    std::fflush(stdout);
    asio::signal_set signals(context, SIGINT, SIGTERM);
    signals.async_wait([](boost::system::error_code, int) { std::_Exit(0); });
    asio::co_spawn(context, accept(acceptor), [](std::exception_ptr) {});
    context.run();
}
