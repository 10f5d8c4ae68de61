#include "tests/support/tcp_gate.hpp"

namespace vanna::test {
namespace {
void ignore(std::exception_ptr) {}
}  // namespace

tcp_gate::tcp_gate(asio::any_io_executor executor, asio::ip::tcp::endpoint server)
    : executor_(executor), server_(server), acceptor_(executor), flowing_(executor) {
    open();
}

void tcp_gate::open() {
    acceptor_.open(asio::ip::tcp::v4());
    acceptor_.set_option(asio::socket_base::reuse_address(true));
    acceptor_.bind({asio::ip::address_v4::loopback(), port_});
    acceptor_.listen();
    port_ = acceptor_.local_endpoint().port();
    asio::co_spawn(executor_, accept(), ignore);
}

void tcp_gate::shut() {
    boost::system::error_code ignored;
    acceptor_.close(ignored);
    stall(false);
    for (auto& weak : pairs_)
        if (auto const both = weak.lock()) {
            both->client.close(ignored);
            both->server.close(ignored);
        }
    pairs_.clear();
}

void tcp_gate::stall(bool on) {
    stalled_ = on;
    flowing_.cancel();
}

awaitable<void> tcp_gate::accept() {
    for (;;) {
        auto both =
            std::make_shared<pair>(asio::ip::tcp::socket(executor_), asio::ip::tcp::socket(executor_));
        co_await acceptor_.async_accept(both->client, asio::use_awaitable);
        co_await both->server.async_connect(server_, asio::use_awaitable);
        pairs_.push_back(both);
        asio::co_spawn(executor_, relay(both, true), ignore);
        asio::co_spawn(executor_, relay(both, false), ignore);
    }
}

awaitable<void> tcp_gate::relay(std::shared_ptr<pair> both, bool to_server) {
    auto& from = to_server ? both->client : both->server;
    auto& to = to_server ? both->server : both->client;
    std::array<char, 16384> buffer;
    for (;;) {
        auto const [failure, size] =
            co_await from.async_read_some(asio::buffer(buffer), asio::as_tuple(asio::use_awaitable));
        while (stalled_) {
            flowing_.expires_at(asio::steady_timer::time_point::max());
            co_await flowing_.async_wait(asio::as_tuple(asio::use_awaitable));
        }
        boost::system::error_code ignored;
        if (failure) {
            to.shutdown(asio::ip::tcp::socket::shutdown_send, ignored);
            co_return;
        }
        co_await asio::async_write(to, asio::buffer(buffer.data(), size), asio::use_awaitable);
    }
}

}  // namespace vanna::test
