#include "core/net/link.hpp"

#include <sys/socket.h>

#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/ssl.hpp>

namespace vanna::net {
namespace {

namespace beast = boost::beast;
constexpr auto token = [](error_code& ec) { return asio::redirect_error(asio::use_awaitable, ec); };

template <class Stream>
class link_of final : public link {
  public:
    template <class... Arguments>
    explicit link_of(std::string host, x509 expected, Arguments&&... arguments)
        : stream_(std::forward<Arguments>(arguments)...),
          host_(std::move(host)),
          expected_(std::move(expected)) {}

    awaitable<error_code> connect(tcp::resolver::results_type const& to, deadline limit) override {
        error_code ec;
        lowest().expires_at(limit);
        co_await lowest().async_connect(to, token(ec));
        if (ec) co_return ec;
        lowest().socket().set_option(tcp::no_delay(true), ec);
        // Children (pg_dump) must not inherit it; Asio has no option for this.
        ::fcntl(lowest().socket().native_handle(), F_SETFD, FD_CLOEXEC);
        if constexpr (is_tls) {
            if (!SSL_set_tlsext_host_name(stream_.native_handle(), host_.c_str()))
                co_return error_code(int(::ERR_get_error()), asio::error::get_ssl_category());
            if (expected_)
                stream_.set_verify_mode(asio::ssl::verify_none, ec);
            else
                stream_.set_verify_callback(asio::ssl::host_name_verification(host_), ec);
            co_await stream_.async_handshake(asio::ssl::stream_base::client, token(ec));
            if (!ec && expected_ && !shows_expected())
                ec = error_code(int(ERR_PACK(ERR_LIB_SSL, 0, SSL_R_CERTIFICATE_VERIFY_FAILED)),
                                asio::error::get_ssl_category());
        }
        co_return ec;
    }

    awaitable<error_code> write(wire_request& what, deadline limit) override {
        error_code ec;
        lowest().expires_at(limit);
        co_await beast::http::async_write(stream_, what, token(ec));
        co_return ec;
    }
    awaitable<error_code> read_header(wire_parser& into, deadline limit) override {
        error_code ec;
        lowest().expires_at(limit);
        co_await beast::http::async_read_header(stream_, buffer, into, token(ec));
        co_return ec;
    }
    awaitable<error_code> read(wire_parser& into, deadline limit) override {
        error_code ec;
        lowest().expires_at(limit);
        co_await beast::http::async_read(stream_, buffer, into, token(ec));
        co_return ec;
    }
    awaitable<error_code> read_some(wire_parser& into, deadline limit) override {
        error_code ec;
        lowest().expires_at(limit);
        co_await beast::http::async_read_some(stream_, buffer, into, token(ec));
        co_return ec;
    }

    bool is_stale() override {
        char one;
        auto const n = ::recv(lowest().socket().native_handle(), &one, 1, MSG_PEEK | MSG_DONTWAIT);
        return buffer.size() != 0 || n >= 0 || (errno != EAGAIN && errno != EWOULDBLOCK);
    }

  private:
    static constexpr bool is_tls = !std::is_same_v<Stream, beast::tcp_stream>;
    bool shows_expected() {
        x509 const shown(::SSL_get1_peer_certificate(stream_.native_handle()), ::X509_free);
        return shown && ::X509_cmp(shown.get(), expected_.get()) == 0;
    }
    beast::tcp_stream& lowest() { return beast::get_lowest_layer(stream_); }

    Stream stream_;
    std::string host_;
    x509 expected_;
};

struct resolving {
    tcp::resolver resolver;
    asio::steady_timer done;
    error_code ec;
    tcp::resolver::results_type found;
    bool finished = false;
    resolving(asio::any_io_executor executor, deadline limit) : resolver(executor), done(executor, limit) {}
};

}  // namespace

x509 read_certificate(std::string const& file) {
    std::unique_ptr<BIO, decltype(&BIO_free)> const from(BIO_new_file(file.c_str(), "r"), BIO_free);
    auto* const found = from ? ::PEM_read_bio_X509(from.get(), nullptr, nullptr, nullptr) : nullptr;
    return found ? x509(found, ::X509_free) : nullptr;
}

std::unique_ptr<link> make_link(asio::any_io_executor executor, asio::ssl::context* tls, std::string host,
                                x509 expected) {
    if (tls)
        return std::make_unique<link_of<beast::ssl_stream<beast::tcp_stream>>>(
            std::move(host), std::move(expected), beast::tcp_stream(executor), *tls);
    return std::make_unique<link_of<beast::tcp_stream>>(std::move(host), nullptr, executor);
}

awaitable<result<tcp::resolver::results_type>> resolve(origin const& to, deadline limit) {
    auto state = std::make_shared<resolving>(co_await asio::this_coro::executor, limit);
    state->resolver.async_resolve(to.host, std::to_string(to.port),
                                  [state](error_code ec, tcp::resolver::results_type found) {
                                      state->ec = ec;
                                      state->found = std::move(found);
                                      state->finished = true;
                                      state->done.cancel();
                                  });
    error_code ignored;
    if (!state->finished) co_await state->done.async_wait(token(ignored));
    if (!state->finished)
        co_return error{ignored == asio::error::operation_aborted ? errc::cancelled : errc::deadline_exceeded,
                        public_text{"the name of a service could not be resolved in time"},
                        internal_text{to.host}};
    if (state->ec)
        co_return error{errc::unavailable, public_text{"the name of a service could not be resolved"},
                        internal_text{to.host + ": " + state->ec.message()}};
    co_return std::move(state->found);
}

}  // namespace vanna::net
