// One connection of http_client, plain or TLS: the part that knows Beast. Every operation ends at the
// deadline with beast::error::timeout.
#pragma once
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <memory>

#include "core/async/awaitable.hpp"
#include "core/net/origin.hpp"

namespace vanna::net {

using error_code = boost::system::error_code;
using tcp = asio::ip::tcp;
using wire_request = boost::beast::http::request<boost::beast::http::string_body>;
using wire_parser = boost::beast::http::response_parser<boost::beast::http::string_body>;

class link {
  public:
    virtual ~link() = default;
    virtual awaitable<error_code> connect(tcp::resolver::results_type const& to, deadline limit) = 0;
    virtual awaitable<error_code> write(wire_request& what, deadline limit) = 0;
    virtual awaitable<error_code> read_header(wire_parser& into, deadline limit) = 0;
    virtual awaitable<error_code> read(wire_parser& into, deadline limit) = 0;       // to the end
    virtual awaitable<error_code> read_some(wire_parser& into, deadline limit) = 0;  // at least a byte
    // The peer closed it, or sent what nobody asked for, while it was idle.
    virtual bool is_stale() = 0;

    bool used_before = false;
    boost::beast::flat_buffer buffer;
};

using x509 = std::shared_ptr<X509>;
// The first certificate of a PEM file; null when there is none.
x509 read_certificate(std::string const& file);

// `tls` null: plain. `expected` null: the certificate must be in order and for `host`; else it must be this
// one.
std::unique_ptr<link> make_link(asio::any_io_executor executor, asio::ssl::context* tls, std::string host,
                                x509 expected = nullptr);

// Resolves with a deadline of its own: a resolver's thread cannot be interrupted, only left behind.
awaitable<result<tcp::resolver::results_type>> resolve(origin const& to, deadline limit);

}  // namespace vanna::net
