#include "server/http/session.hpp"

#include <linux/sockios.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "server/http/problem.hpp"

namespace vanna::http {
namespace {

constexpr std::size_t read_size = 4096, body_read_size = 64 * 1024;
constexpr unsigned most_in_a_row = 16;

}  // namespace

template <class Stream>
void session<Stream>::wake() {
    boost::system::error_code ec;
    socket().cancel(ec);
}

template <class Stream>
void session<Stream>::cut() {
    boost::system::error_code ec;
    socket().set_option(asio::socket_base::linger(true, 0), ec);
    socket().close(ec);
}

template <class Stream>
std::size_t session<Stream>::untaken() {
    int queued = 0;
    return ::ioctl(socket().native_handle(), SIOCOUTQ, &queued) == 0 && queued > 0 ? std::size_t(queued) : 0;
}

template <class Stream>
std::size_t session<Stream>::receive(error_code& ec) {
    x_->make_room(std::clamp<std::uint64_t>(x_->parser->is_header_done() ? x_->parser->still_to_come() : 0,
                                            read_size, body_read_size));
    if constexpr (plain)
        return stream_.read_some(asio::buffer(x_->in.data() + x_->filled, x_->in.size() - x_->filled), ec);
    ec = asio::error::would_block;
    return 0;
}

template <class Stream>
awaitable<void> session<Stream>::run() {
    auto const& o = home_.site.options;
    error_code ec;
    enter(phase::opening, clock::now() + o.header_time);
    if constexpr (!plain) {
        co_await stream_.async_handshake(asio::ssl::stream_base::server,
                                         asio::redirect_error(asio::use_awaitable, ec));
        if (ec) co_return;
    }
    unsigned in_a_row = 0;
    for (bool first = true;; first = false) {
        bool const pipelined = x_ && x_->filled;
        if (!pipelined)
            enter(closing() && !is_new() ? phase::handling : phase::idle,
                  clock::now() + (first ? o.header_time : o.idle_time));
        if (!x_) {
            if constexpr (plain) {
                // Waits without holding memory. A connection that is asked to close may have a request in
                // the kernel already: look once before leaving.
                if (!closing() || is_new())
                    co_await stream_.async_wait(tcp::socket::wait_read,
                                                asio::redirect_error(asio::use_awaitable, ec));
                if (timed_out() || (ec && ec != asio::error::operation_aborted)) co_return;
            }
            x_ = home_.exchanges.take();
        } else if (pipelined && ++in_a_row % most_in_a_row == 0) {
            co_await asio::post(asio::use_awaitable);
        }
        begin_request();
        auto& x = *x_;
        auto now = x.filled ? x.feed() : request_parser::progress::need_more;
        bool started = x.filled || now != request_parser::progress::need_more || pipelined;
        while (now == request_parser::progress::need_more || now == request_parser::progress::header_done) {
            if (now == request_parser::progress::header_done) {
                on_header();
                if (early_ && is_not_worth_reading()) {
                    body_unread_ = true;
                    break;
                }
                if (x.parser->wants_continue() && !x.filled && !x.parser->is_done() &&
                    !x.parser->is_refused()) {
                    if (early_) {
                        body_unread_ = true;
                        break;
                    }
                    constexpr std::string_view go_on = "HTTP/1.1 100 Continue\r\n\r\n";
                    if (!co_await write_all(asio::buffer(go_on), {}, x.request.arrived + o.body_time))
                        co_return;
                }
                now = x.feed();
                continue;
            }
            auto n = receive(ec);
            if (ec == asio::error::would_block) {
                if (started)
                    enter(x.parser->is_header_done() ? phase::body : phase::header,
                          x.request.arrived + (x.parser->is_header_done() ? o.body_time : o.header_time));
                else if (closing() && !is_new())
                    co_return;
                if constexpr (plain) {
                    co_await stream_.async_wait(tcp::socket::wait_read,
                                                asio::redirect_error(asio::use_awaitable, ec));
                    n = 0;
                } else {
                    n = co_await stream_.async_read_some(
                        asio::buffer(x.in.data() + x.filled, x.in.size() - x.filled),
                        asio::redirect_error(asio::use_awaitable, ec));
                }
                if (ec == asio::error::operation_aborted && !timed_out() && !closing()) co_return;
                if (ec == asio::error::operation_aborted && timed_out()) {
                    if (!started) co_return;
                    break;
                }
                if (ec && ec != asio::error::operation_aborted) co_return;
                if (plain || ec) continue;
            } else if (ec) {
                co_return;  // the client left
            }
            if (!started) x.request.arrived = clock::now();
            started = true;
            no_longer_new();
            home_.counts.bytes_in.add(n);
            x.filled += n;
            now = x.feed();
        }

        response reply;
        std::exception_ptr failure;
        if (now == request_parser::progress::refused) {
            if (x.request.id().empty()) x.request.set_id(to_string(new_id()));
            reply = x.parser->refusal();
            body_unread_ = true;
        } else if (timed_out()) {
            if (x.request.id().empty()) x.request.set_id(to_string(new_id()));
            reply = problem(408, "request-timeout", "the request did not arrive in time");
            body_unread_ = true;
        } else if (early_) {
            reply = std::move(*early_);
        } else {
            enter(phase::handling, deadline::max());
            auto const& handler = x.request.route->handler;
            x.request.watch(&home_.disconnects, int(socket().native_handle()));
            home_.counts.in_flight.add();
            try {
                if (handler.now)
                    reply = handler.now(home_.seat.context.object, x.request);
                else
                    reply = co_await handler.later(home_.seat.context.object, x.request);
            } catch (...) {
                failure = std::current_exception();
            }
            home_.counts.in_flight.subtract();
        }
        if (home_.cancelled()) {
            // Else the next co_await would throw: the client still learns why.
            co_await asio::this_coro::reset_cancellation_state();
            if (failure || reply.failure) reply = shutting_down();
        } else if (failure) {
            reply = unhandled(std::move(failure));
        }
        decide_keep_alive();
        bool written = true;
        if (reply.stream) {
            written = co_await send_stream(reply);
        } else {
            render(reply, framing_for(reply));
            auto head = asio::const_buffer(x.out.data(), x.out.size());
            auto body = asio::const_buffer(reply.body.data(), reply.body.size());
            auto const n = send(head, body, ec);
            sent_ += n;
            if (n < head.size() + body.size()) {
                auto const of_head = std::min(n, head.size());
                written = co_await write_all(head + of_head, body + (n - of_head), write_limit());
            }
        }
        note(reply);
        if (!written) co_return;
        if (!keep_alive_) {
            co_await say_goodbye();
            co_return;
        }
        if (plain && !x.filled)
            home_.exchanges.give_back(std::move(x_));
        else
            x.request.clear();
    }
}

template <class Stream>
deadline session<Stream>::write_limit() const {
    return home_.cancelled() ? clock::now() + home_.site.options.last_words : deadline::max();
}

template <class Stream>
std::size_t session<Stream>::send(asio::const_buffer head, asio::const_buffer body, error_code& ec) {
    if constexpr (plain) {
        auto const n =
            body.size() ? stream_.write_some(std::array{head, body}, ec) : stream_.write_some(head, ec);
        wrote(n);
        return n;
    }
    return 0;
}

template <class Stream>
awaitable<bool> session<Stream>::write_all(asio::const_buffer head, asio::const_buffer body, deadline until) {
    enter(phase::writing, until);
    error_code ec;
    while (head.size() || body.size()) {
        auto const both = std::array{head, body};
        std::size_t n = 0;
        if constexpr (plain) {
            n = stream_.write_some(both, ec);
            if (ec == asio::error::would_block) {
                begin_waiting_for_reader(clock::now());
                co_await stream_.async_wait(tcp::socket::wait_write,
                                            asio::redirect_error(asio::use_awaitable, ec));
                end_waiting_for_reader(clock::now());
            }
        } else {
            begin_waiting_for_reader(clock::now());
            n = co_await stream_.async_write_some(both, asio::redirect_error(asio::use_awaitable, ec));
            end_waiting_for_reader(clock::now());
        }
        if (ec) {
            cut();
            co_return false;
        }
        wrote(n);
        sent_ += n;
        auto const of_head = std::min(n, head.size());
        head += of_head;
        body += n - of_head;
    }
    co_return true;
}

template <class Stream>
awaitable<bool> session<Stream>::send_stream(response& what) {
    enter(phase::handling, deadline::max());
    std::exception_ptr failure;
    result<std::optional<std::string>> piece = std::optional<std::string>();
    try {
        piece = co_await what.stream->next();
    } catch (...) {
        failure = std::current_exception();
    }
    auto& out = x_->out;
    if (failure || !piece) {
        what.stream.reset();
        what = failure ? unhandled(std::move(failure)) : response(piece.error());
        render(what, framing::length);
        co_return co_await write_all(asio::buffer(out), asio::buffer(what.body), write_limit());
    }
    auto const how = framing_for(what);
    render(what, how);
    if (x_->request.method == method::head || how == framing::none || !*piece) {
        if (how == framing::chunked && x_->request.method != method::head) out += "0\r\n\r\n";
        co_return co_await write_all(asio::buffer(out), {}, what.stream_until);
    }
    co_return co_await send_pieces(what, std::move(**piece), how);
}

template <class Stream>
awaitable<bool> session<Stream>::send_pieces(response& what, std::string piece, framing how) {
    auto& out = x_->out;  // holds the head; from now on what stands between two pieces
    std::uint64_t given = 0;
    for (;;) {
        given += piece.size();
        if (how == framing::chunked) {
            append_number(out, piece.size(), 16);
            out += "\r\n";
        }
        if (!co_await write_all(asio::buffer(out), asio::buffer(piece), what.stream_until)) co_return false;
        out.clear();
        if (how == framing::chunked) out += "\r\n";
        enter(phase::handling, deadline::max());
        std::exception_ptr failure;
        result<std::optional<std::string>> next = std::optional<std::string>();
        try {
            next = co_await what.stream->next();
        } catch (...) {
            failure = std::current_exception();
        }
        if (failure || !next) {
            // The status is out: only a broken connection tells the client that this is not all.
            auto const error = failure ? unhandled(std::move(failure)) : response(next.error());
            what.failure = std::make_unique<vanna::error>(*error.failure);
            cut();
            co_return false;
        }
        if (!*next) break;
        piece = std::move(**next);
    }
    if (what.stream_size && given != *what.stream_size) {
        cut();
        co_return false;
    }
    if (how != framing::chunked) co_return true;
    out += "0\r\n";
    for (auto const& [name, value] : what.stream->trailers())
        append_field(out, name, value);
    out += "\r\n";
    co_return co_await write_all(asio::buffer(out), {}, what.stream_until);
}

template <class Stream>
awaitable<void> session<Stream>::say_goodbye() {
    error_code ec;
    enter(phase::lingering, clock::now() + home_.site.options.last_words);
    if constexpr (!plain) co_await stream_.async_shutdown(asio::redirect_error(asio::use_awaitable, ec));
    // Closing with unread bytes resets the connection, and the client may lose the reply.
    socket().shutdown(tcp::socket::shutdown_send, ec);
    if (!body_unread_) co_return;
    std::array<char, 4096> rest;
    for (std::size_t total = 0; total < 1024 * 1024 && !ec;) {
        auto const n = socket().read_some(asio::buffer(rest), ec);
        total += n;
        if (ec == asio::error::would_block)
            co_await socket().async_wait(tcp::socket::wait_read,
                                         asio::redirect_error(asio::use_awaitable, ec));
    }
}

template class session<tcp::socket>;
template class session<tls_stream>;

}  // namespace vanna::http
