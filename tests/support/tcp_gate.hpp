// A TCP relay between a client and a server that a test can shut: open connections are cut and new ones
// refused, until it is opened again on the same port. Can also stall: bytes stop, connections stay.
#pragma once
#include <list>

#include "core/async/awaitable.hpp"

namespace vanna::test {

class tcp_gate {
  public:
    tcp_gate(asio::any_io_executor executor, asio::ip::tcp::endpoint server);
    unsigned short port() const { return port_; }
    void shut();
    void open();
    void stall(bool on);
    // Ends everything; to be called before the context is left.
    void stop() { shut(); }

  private:
    struct pair {
        asio::ip::tcp::socket client, server;
    };
    awaitable<void> accept();
    awaitable<void> relay(std::shared_ptr<pair> both, bool to_server);

    asio::any_io_executor executor_;
    asio::ip::tcp::endpoint server_;
    asio::ip::tcp::acceptor acceptor_;
    unsigned short port_ = 0;
    std::list<std::weak_ptr<pair>> pairs_;
    asio::steady_timer flowing_;
    bool stalled_ = false;
};

}  // namespace vanna::test
