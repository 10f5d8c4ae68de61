// A TCP server that answers each connection by a script of the test: what to read, what to write, when to
// close.
#pragma once
#include <boost/test/unit_test.hpp>
#include <functional>

#include "core/async/task_group.hpp"
#include "core/net/http_client.hpp"
#include "tests/support/run_coroutine.hpp"

namespace vanna::test {

using tcp = asio::ip::tcp;

// Reads one request without looking closely: to the blank line, plus its Content-Length.
inline awaitable<std::string> read_request(tcp::socket& socket, std::string& buffer) {
    auto const head = co_await asio::async_read_until(socket, asio::dynamic_buffer(buffer), "\r\n\r\n",
                                                      asio::use_awaitable);
    std::size_t length = 0;
    if (auto const at = buffer.find("Content-Length: "); at < head)
        length = std::stoul(buffer.substr(at + 16));
    while (buffer.size() < head + length)
        co_await asio::async_read(socket, asio::dynamic_buffer(buffer), asio::transfer_at_least(1),
                                  asio::use_awaitable);
    auto request = buffer.substr(0, head + length);
    buffer.erase(0, head + length);
    co_return request;
}

inline awaitable<void> write(tcp::socket& socket, std::string text) {
    co_await asio::async_write(socket, asio::buffer(text), asio::use_awaitable);
}

inline std::string ok(std::string const& body, std::string const& more = "") {
    return "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" + more + "\r\n" +
           body;
}

class scripted_server {
  public:
    // Gets the socket and the connection's number, from 0. An end of the connection in it is fine.
    using script = std::function<awaitable<void>(tcp::socket&, int)>;

    scripted_server(asio::any_io_executor executor, script play)
        : acceptor_(executor, {asio::ip::address_v4::loopback(), 0}),
          tasks_(executor),
          play_(std::move(play)) {
        tasks_.spawn("accept", [this] { return accept(); });
    }

    net::origin origin() const {
        net::origin out;
        out.host = "127.0.0.1";
        out.port = acceptor_.local_endpoint().port();
        return out;
    }
    int connections() const { return connections_; }
    awaitable<void> stop() {
        acceptor_.close();
        tasks_.cancel();
        co_await tasks_.wait();
    }

  private:
    awaitable<void> accept() {
        for (;;) {
            boost::system::error_code ec;
            auto socket = co_await acceptor_.async_accept(asio::redirect_error(asio::use_awaitable, ec));
            if (ec) co_return;
            tasks_.spawn("connection",
                         [this, s = std::make_shared<tcp::socket>(std::move(socket)),
                          n = connections_++]() -> awaitable<void> { return serve(s, n); });
        }
    }
    awaitable<void> serve(std::shared_ptr<tcp::socket> socket, int number) {
        try {
            co_await play_(*socket, number);
        } catch (boost::system::system_error const&) {
        }
    }

    tcp::acceptor acceptor_;
    task_group tasks_;
    script play_;
    int connections_ = 0;
};

}  // namespace vanna::test
