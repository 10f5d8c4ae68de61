// A keep-alive HTTP/1.1 client of one service (ChromaDB, an embedder, a model), one a worker: connections
// are pooled and bounded, each call has one absolute deadline. Statuses are not errors here: the caller
// judges them. Not thread-safe; must outlive its calls and streams.
#pragma once
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/async/awaitable.hpp"
#include "core/net/origin.hpp"

namespace vanna::net {

using header_list = std::vector<std::pair<std::string, std::string>>;

struct http_request {
    std::string method = "GET";
    std::string target = "/";  // appended to the origin's base; already percent-encoded
    std::string body;
    header_list headers;  // content-type and the like; Host and Content-Length are added
};

struct http_reply {
    unsigned status = 0;
    header_list headers;  // names in lower case
    std::string body;

    std::string_view header(std::string_view lower_name) const;  // empty when it is not there
};

struct http_client_options {
    std::size_t most_connections = 16;
    std::size_t most_waiting = 256;  // calls that wait for a connection; more are overloaded
    std::size_t most_body = 64 * 1024 * 1024;
    std::chrono::seconds keep_idle{30};
    std::string ca_file;  // empty: the system's
    // Not empty: the peer must show this file's first certificate, whatever host it names and whoever signed
    // it. For a probe of one's own server.
    std::string own_certificate_file;
};

class link;

// A reply whose body is read in pieces, as it comes. Ends its connection when destroyed before the end.
class http_stream {
  public:
    virtual ~http_stream() = default;
    virtual http_reply const& head() const = 0;  // its body is empty
    // The next bytes; nothing at the end. deadline_exceeded, cancelled, unavailable (cut off).
    virtual awaitable<result<std::optional<std::string>>> next(deadline limit) = 0;
};

class http_client {
  public:
    http_client(asio::any_io_executor executor, origin to, http_client_options how = {});
    ~http_client();
    http_client(http_client const&) = delete;

    // deadline_exceeded; cancelled; overloaded: its own connections were busy all the time; unavailable:
    // cannot connect, broken off, not HTTP, or a body over the limit. Sent again, once, only when a kept
    // connection proved dead before a byte came back.
    awaitable<result<http_reply>> request(http_request what, deadline limit);
    // The same up to the head; a body of any length follows in pieces.
    awaitable<result<std::unique_ptr<http_stream>>> open(http_request what, deadline limit);

    origin const& to() const { return to_; }
    std::size_t connections() const { return busy_ + idle_.size(); }
    std::size_t in_flight() const { return busy_; }
    std::size_t waiting() const { return waiting_.size(); }

  private:
    friend class lease;
    struct waiter;
    struct kept {
        std::unique_ptr<link> connection;
        std::chrono::steady_clock::time_point since;
    };
    awaitable<result<void>> wait_for_slot(deadline limit);
    error all_are_busy() const;
    void release(std::unique_ptr<link> used, bool reusable);
    std::unique_ptr<link> take_idle();
    awaitable<result<void>> connect(link& made, deadline limit);
    struct exchange;
    // Sends and reads the head, on a kept connection if there is one.
    awaitable<result<void>> begin(exchange& call, http_request const& what, deadline limit);

    asio::any_io_executor executor_;
    origin to_;
    http_client_options how_;
    std::shared_ptr<void> tls_;  // the TLS context, made when first needed
    std::size_t busy_ = 0;
    std::list<waiter*> waiting_;
    std::vector<kept> idle_;
};

}  // namespace vanna::net
