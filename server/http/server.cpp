#include "server/http/server.hpp"

#include <stdexcept>

#include "core/log.hpp"
#include "server/http/tls.hpp"

namespace vanna::http {
namespace {

// The listeners share their port through SO_REUSEPORT, and so would another server's: the kernel would hand
// each a part of the connections. Without that option a port that anybody listens on is refused.
result<void> probe(tcp::endpoint const& at) {
    if (at.port() == 0) return {};
    asio::io_context context;
    tcp::acceptor tried(context);
    boost::system::error_code ec;
    tried.open(at.protocol(), ec);
    if (!ec) tried.set_option(tcp::acceptor::reuse_address(true), ec);
    if (!ec) tried.bind(at, ec);
    if (!ec) return {};
    auto const where = at.address().to_string() + ":" + std::to_string(at.port());
    std::string const why = ec == asio::error::address_in_use
                                ? "another program listens there already; stop it, or "
                                : ec.message() + "; ";
    return error{errc::unavailable, public_text{"cannot listen on " + where + ": " + why +
                                                "set HOST and PORT to a free address of this machine"}};
}

// Runs a step on another worker's thread and resumes here.
template <class F>
awaitable<void> on_worker(worker& where, F step) {
    co_await asio::co_spawn(where.executor(), std::move(step), asio::use_awaitable);
}

}  // namespace

server::server(runtime& workers, options how, router const& routes, std::vector<seat> seats)
    : workers_(workers), site_{std::move(how), routes, {}, {}} {
    if (seats.size() != workers.size()) throw std::logic_error("one seat a worker is needed");
    for (std::size_t i = 0; i < seats.size(); ++i) {
        if (routes.context_tag() && seats[i].context.tag != routes.context_tag())
            throw std::logic_error("the handlers take another context type");
        listeners_.push_back(std::make_unique<listener>(workers.at(i).executor(), site_, seats[i]));
    }
}

server::~server() = default;

result<void> server::open() {
    auto& o = site_.options;
    if (!o.tls_cert_file.empty()) {
        auto context = tls_context(o.tls_cert_file, o.tls_key_file);
        if (!context) return context.error();
        site_.tls.emplace(std::move(*context));
    }
    auto const address = listening_address(o.host);
    if (!address) return error{errc::invalid_input, public_text{"HOST " + address.error().message}};
    tcp::endpoint at(*address, o.port);
    if (auto free = probe(at); !free) return free;
    for (auto& each : listeners_) {
        if (auto opened = each->open(at); !opened) return opened;
        at.port(each->local().port());
    }
    return {};
}

std::uint16_t server::port() const {
    return listeners_.front()->local().port();
}

awaitable<void> server::accept() {
    for (std::size_t i = 0; i < listeners_.size(); ++i)
        co_await on_worker(workers_.at(i), [each = listeners_[i].get()]() -> awaitable<void> {
            each->start();
            co_return;
        });
}

awaitable<void> server::close(std::chrono::milliseconds drain) {
    for (std::size_t i = 0; i < listeners_.size(); ++i)
        co_await on_worker(workers_.at(i), [each = listeners_[i].get()]() -> awaitable<void> {
            each->drain();
            co_return;
        });
    asio::steady_timer timer(co_await asio::this_coro::executor, drain);
    co_await timer.async_wait(asio::use_awaitable);
    for (std::size_t i = 0; i < listeners_.size(); ++i)
        co_await on_worker(workers_.at(i), [each = listeners_[i].get()] { return each->close(); });
}

awaitable<void> server::finish(std::chrono::milliseconds grace) {
    auto const until = after(grace);
    for (std::size_t i = 0; i < listeners_.size(); ++i)
        co_await on_worker(workers_.at(i),
                           [each = listeners_[i].get(), until] { return each->finish(until); });
}

}  // namespace vanna::http
