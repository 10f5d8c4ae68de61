// One libpq connection on an event loop: opened without blocking, its socket watched through a duplicate
// descriptor. Pipelined (pool), plain (session) and listening (notifications) connections are built on it.
#pragma once
#include <boost/asio/posix/stream_descriptor.hpp>
#include <memory>

#include "db/postgres/address.hpp"

struct pg_conn;

namespace vanna::postgres {

class connection {
  public:
    // unavailable: no route, refused, wrong password, no such database (then the detail holds SQLSTATE
    // 3D000).
    static awaitable<result<std::unique_ptr<connection>>> open(address to, deadline limit);
    ~connection();
    connection(connection const&) = delete;

    pg_conn* get() const { return connection_; }
    asio::posix::stream_descriptor& socket() { return socket_; }
    int server_version() const;  // 150014
    // Resumes when the socket is readable; an error when it was cancelled or closed.
    awaitable<boost::system::error_code> readable();
    awaitable<boost::system::error_code> writable();

  private:
    connection(pg_conn* owned, asio::any_io_executor executor) : connection_(owned), socket_(executor) {}
    static awaitable<result<std::unique_ptr<connection>>> handshake(connect_words words);
    bool watch_socket();

    pg_conn* connection_;
    // A duplicate of libpq's descriptor: libpq may close and replace its own at each step of connecting.
    asio::posix::stream_descriptor socket_;
};

}  // namespace vanna::postgres
