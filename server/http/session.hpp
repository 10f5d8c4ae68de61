// Serves one connection: reads requests, admits and routes them, awaits the handler, writes the reply; again
// while it is kept alive. A template over the stream, so that the plain path pays nothing for TLS.
#pragma once
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <memory>
#include <string>

#include "server/http/listener.hpp"
#include "server/http/reply_head.hpp"

namespace vanna::http {

using tls_stream = asio::ssl::stream<tcp::socket>;

// All that does not depend on the stream.
class session_base : public connection {
  public:
    session_base(listener& home, std::string peer);
    ~session_base() override;
    session_base(session_base const&) = delete;

  protected:
    using clock = std::chrono::steady_clock;

    void begin_request();
    // Routes and admits; when that already has the answer, it is in early_.
    void on_header();
    void set_client();
    // More body is on its way than it is worth reading to keep a refused request's connection.
    bool is_not_worth_reading() const;
    response unhandled(std::exception_ptr failure) const;
    response shutting_down() const;
    void decide_keep_alive();
    // The head, and the body if it is small, into x_->out.
    void render(response& what, framing how);
    framing framing_for(response const& what) const;
    void note(response const& what);
    std::string_view fixed_headers(response const& what) const;

    listener& home_;
    std::string peer_;
    std::unique_ptr<exchange> x_;
    std::optional<response> early_;
    bool keep_alive_ = true, body_unread_ = false;
    std::size_t sent_ = 0;  // of the current reply
};

template <class Stream>
class session final : public session_base {
  public:
    session(listener& home, Stream stream, std::string peer)
        : session_base(home, std::move(peer)), stream_(std::move(stream)) {}

    awaitable<void> run();
    void wake() override;
    void cut() override;
    std::size_t untaken() override;

  private:
    static constexpr bool plain = std::is_same_v<Stream, tcp::socket>;
    using error_code = boost::system::error_code;
    enum class arrival { complete, refused, gone, late };

    tcp::socket& socket() {
        if constexpr (plain)
            return stream_;
        else
            return stream_.next_layer();
    }
    // Non-blocking; would_block at once with TLS, which has buffers of its own.
    std::size_t receive(error_code& ec);
    std::size_t send(asio::const_buffer head, asio::const_buffer body, error_code& ec);
    deadline write_limit() const;
    awaitable<bool> write_all(asio::const_buffer head, asio::const_buffer body, deadline until);
    awaitable<bool> send_stream(response& what);
    awaitable<bool> send_pieces(response& what, std::string piece, framing how);
    awaitable<void> say_goodbye();

    Stream stream_;
};

// What a task group spawns.
template <class Stream>
auto start_session(listener& home, Stream stream, std::string peer) {
    return [s = std::make_unique<session<Stream>>(home, std::move(stream), std::move(peer))] {
        return s->run();
    };
}

extern template class session<tcp::socket>;
extern template class session<tls_stream>;

}  // namespace vanna::http
