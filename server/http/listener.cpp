#include "server/http/listener.hpp"

#include <arpa/inet.h>
#include <linux/filter.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstring>

#include "core/log.hpp"
#include "server/http/reply_head.hpp"
#include "server/http/session.hpp"

namespace vanna::http {
namespace {

constexpr std::string_view full =
    "HTTP/1.1 503 Service Unavailable\r\ncontent-type: application/problem+json\r\nretry-after: 1\r\n"
    "connection: close\r\ncontent-length: 112\r\n\r\n"
    "{\"type\":\"overloaded\",\"title\":\"Overloaded\",\"status\":503,"
    "\"detail\":\"the server has as many connections as it takes\"}";

// Between two attempts at a door that fails: what keeps it from accepting seldom passes within the instant.
constexpr std::chrono::milliseconds first_pause{100}, longest_pause{2'000};

// Time for handshakes under way to end, once no new one begins.
constexpr auto handshake_time = std::chrono::milliseconds(100);

// Time for the request of a client that was accepted last: it may have to be sent anew, which happens after a
// second (RFC 6298), and a busy machine may hold its sender up.
constexpr auto first_request_time = std::chrono::milliseconds(2'000);

// Closing a listener resets connections that the kernel completed and nobody accepted. A filter that drops
// every SYN stops new handshakes without touching those; their clients try again and find the door closed.
void ignore_newcomers(int listening) {
    constexpr std::uint8_t to_accept = 1;
    constexpr std::uint32_t flags_at = 13, syn = 0x02;
    sock_filter program[] = {
        {BPF_LD | BPF_B | BPF_ABS, 0, 0, flags_at},
        {BPF_JMP | BPF_JSET | BPF_K, 0, to_accept, syn},
        {BPF_RET | BPF_K, 0, 0, 0},
        {BPF_RET | BPF_K, 0, 0, 0xffffffff},
    };
    sock_fprog const attached{std::size(program), program};
    ::setsockopt(listening, SOL_SOCKET, SO_ATTACH_FILTER, &attached, sizeof attached);
}

std::string text_of(sockaddr_storage const& address) {
    char text[INET6_ADDRSTRLEN] = "";
    if (address.ss_family == AF_INET) {
        inet_ntop(AF_INET, &reinterpret_cast<sockaddr_in const&>(address).sin_addr, text, sizeof text);
    } else {
        auto const& six = reinterpret_cast<sockaddr_in6 const&>(address).sin6_addr;
        if (IN6_IS_ADDR_V4MAPPED(&six))
            inet_ntop(AF_INET, six.s6_addr + 12, text, sizeof text);
        else
            inet_ntop(AF_INET6, &six, text, sizeof text);
    }
    return text;
}

}  // namespace

listener::listener(asio::any_io_executor executor, http::site& where, http::seat who)
    : site(where),
      seat(who),
      disconnects(executor),
      counts(where.router.size()),
      date(http_date(std::chrono::system_clock::now())),
      executor_(executor),
      acceptor_(executor),
      pulse_(executor),
      emptied_(executor),
      sessions_(executor),
      own_(executor) {}

listener::~listener() = default;

result<void> listener::open(tcp::endpoint const& at) {
    boost::system::error_code ec;
    protocol_ = at.protocol();
    int const descriptor = ::socket(protocol_.family(), SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (descriptor < 0)
        ec.assign(errno, boost::system::system_category());
    else
        acceptor_.assign(protocol_, descriptor, ec);
    int const on = 1;
    if (!ec) acceptor_.set_option(tcp::acceptor::reuse_address(true), ec);
    if (!ec && ::setsockopt(descriptor, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on) != 0)
        ec.assign(errno, boost::system::system_category());
    if (!ec) acceptor_.bind(at, ec);
    if (!ec) acceptor_.listen(site.options.backlog, ec);
    if (!ec) acceptor_.non_blocking(true, ec);
    if (!ec) return {};
    auto const where = at.address().to_string() + ":" + std::to_string(at.port());
    return error{errc::unavailable, public_text{"cannot listen on " + where + ": " + ec.message() +
                                                "; set HOST and PORT to a free address of this machine"}};
}

void listener::start() {
    if (closed_) return;
    own_.spawn("accept", [this] { return accept(); });
    own_.spawn("sweep", [this] { return sweep(); });
}

awaitable<void> listener::accept() {
    boost::system::error_code ec;
    asio::steady_timer timer(executor_);
    for (auto pause = first_pause; !closed_;) {
        co_await acceptor_.async_wait(tcp::acceptor::wait_read,
                                      asio::redirect_error(asio::use_awaitable, ec));
        if (ec || closed_) co_return;
        int const failure = accept_queued();
        if (failure == 0) {
            pause = first_pause;
            continue;
        }
        log::warn("connections wait: none can be accepted",
                  {{"error", std::strerror(failure)}, {"open", site.open.load()}});
        timer.expires_after(pause);
        co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, ec));
        pause = std::min(pause * 2, longest_pause);
    }
}

int listener::accept_queued() {
    for (;;) {
        sockaddr_storage address{};
        socklen_t size = sizeof address;
        int const descriptor = ::accept4(acceptor_.native_handle(), reinterpret_cast<sockaddr*>(&address),
                                         &size, SOCK_CLOEXEC | SOCK_NONBLOCK);
        if (descriptor >= 0) {
            admit(descriptor, text_of(address));
        } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
            return 0;
        } else if (errno != ECONNABORTED && errno != EINTR && errno != EPROTO) {
            return errno;
        }
    }
}

void listener::admit(int descriptor, std::string peer) {
    if (site.open.load(std::memory_order_relaxed) >= site.options.most_connections) {
        counts.refused_full.add();
        char ignored[4096];
        (void)!::recv(descriptor, ignored, sizeof ignored, MSG_DONTWAIT);
        (void)!::send(descriptor, full.data(), full.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
        ::shutdown(descriptor, SHUT_WR);
        (void)!::recv(descriptor, ignored, sizeof ignored, MSG_DONTWAIT);
        ::close(descriptor);
        return;
    }
    int const on = 1;
    ::setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    tcp::socket socket(executor_);
    boost::system::error_code ec;
    socket.assign(protocol_, descriptor, ec);
    if (ec) {
        ::close(descriptor);
        return;
    }
    socket.non_blocking(true, ec);
    counts.accepted.add();
    if (site.tls)
        sessions_.spawn("session", start_session(*this, tls_stream(std::move(socket), *site.tls), peer));
    else
        sessions_.spawn("session", start_session(*this, std::move(socket), peer));
}

void listener::joined(connection& c) {
    c.place_ = connections_.insert(connections_.end(), &c);
    site.open.fetch_add(1, std::memory_order_relaxed);
    counts.connections.add();
}

void listener::left(connection& c) {
    connections_.erase(c.place_);
    site.open.fetch_sub(1, std::memory_order_relaxed);
    counts.connections.subtract();
    if (connections_.empty()) emptied_.cancel();
}

awaitable<void> listener::sweep() {
    boost::system::error_code ec;
    auto const& o = site.options;
    while (!ec) {
        pulse_.expires_after(o.sweep);
        co_await pulse_.async_wait(asio::redirect_error(asio::use_awaitable, ec));
        if (ec) co_return;
        date = http_date(std::chrono::system_clock::now());
        auto const t = std::chrono::steady_clock::now();
        for (auto* c : connections_) {
            auto const verdict = c->judge(t, o.least_rate, o.slow_window);
            if (verdict == connection::verdict::fine) continue;
            if (!c->timed_out())
                (verdict == connection::verdict::slow_reader ? counts.slow_readers : counts.timed_out).add();
            c->mark_timed_out();
            c->wake();  // each time: it may go on for a while, to say why it ends, and overstay that as well
        }
    }
}

awaitable<void> listener::close() {
    draining_ = true;
    boost::system::error_code ec;
    if (acceptor_.is_open()) {
        ignore_newcomers(acceptor_.native_handle());
        asio::steady_timer handshakes(executor_, handshake_time);
        co_await handshakes.async_wait(asio::redirect_error(asio::use_awaitable, ec));
        accept_queued();
    }
    closed_ = true;
    acceptor_.close(ec);
    for (auto* c : connections_) {
        c->ask_to_close();
        if (c->at() == phase::idle && !c->is_new()) c->wake();
    }
    own_.spawn("newcomers", [this] { return part_with_silent_newcomers(); });
}

awaitable<void> listener::part_with_silent_newcomers() {
    boost::system::error_code ec;
    asio::steady_timer patience(executor_, first_request_time);
    co_await patience.async_wait(asio::redirect_error(asio::use_awaitable, ec));
    if (ec) co_return;
    for (auto* c : connections_) {
        c->ask_to_close();
        c->no_longer_new();
        if (c->at() == phase::idle) c->wake();
    }
}

awaitable<void> listener::finish(deadline grace) {
    boost::system::error_code ec;
    while (!connections_.empty() && std::chrono::steady_clock::now() < grace) {
        emptied_.expires_at(grace);
        co_await emptied_.async_wait(asio::redirect_error(asio::use_awaitable, ec));
    }
    if (!connections_.empty()) {
        log::warn("requests are cancelled: the grace period is over", {{"connections", connections_.size()}});
        cancelled_ = true;
        disconnects.stop_all(sql::stop_reason::shutdown);
        sessions_.cancel();
        for (auto* c : connections_)
            c->wake();
    }
    co_await sessions_.wait();
    pulse_.cancel();
    own_.cancel();
    co_await own_.wait();
}

}  // namespace vanna::http
