#include "server/http/server.hpp"

#include <stdexcept>

#include "core/log.hpp"

namespace vanna::http {
namespace {

result<asio::ssl::context> tls_context(options const& o) {
    asio::ssl::context context(asio::ssl::context::tls_server);
    boost::system::error_code ec;
    SSL_CTX_set_min_proto_version(context.native_handle(), TLS1_2_VERSION);
    context.set_options(asio::ssl::context::default_workarounds | asio::ssl::context::no_compression, ec);
    SSL_CTX_set_mode(context.native_handle(), SSL_MODE_RELEASE_BUFFERS);
    auto name = "TLS_CERT_FILE " + o.tls_cert_file;
    if (!ec) context.use_certificate_chain_file(o.tls_cert_file, ec);
    if (!ec) {
        name = "TLS_KEY_FILE " + o.tls_key_file;
        context.use_private_key_file(o.tls_key_file, asio::ssl::context::pem, ec);
    }
    if (ec) return error{errc::invalid_input, public_text{name + ": " + ec.message()}};
    return context;
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
        auto context = tls_context(o);
        if (!context) return context.error();
        site_.tls.emplace(std::move(*context));
    }
    boost::system::error_code ec;
    auto address = asio::ip::make_address(o.host == "localhost" ? "127.0.0.1" : o.host, ec);
    if (ec)
        return error{errc::invalid_input, public_text{"HOST: expected an address, such as 127.0.0.1, 0.0.0.0 "
                                                      "or ::, not " +
                                                      o.host}};
    tcp::endpoint at(address, o.port);
    for (auto& each : listeners_) {
        if (auto opened = each->open(at); !opened) return opened;
        at.port(each->local().port());
    }
    for (auto& each : listeners_)
        each->start();
    return {};
}

std::uint16_t server::port() const {
    return listeners_.front()->local().port();
}

awaitable<void> server::stop(std::chrono::milliseconds drain, std::chrono::milliseconds grace) {
    for (std::size_t i = 0; i < listeners_.size(); ++i)
        co_await on_worker(workers_.at(i), [each = listeners_[i].get()]() -> awaitable<void> {
            each->drain();
            co_return;
        });
    asio::steady_timer timer(co_await asio::this_coro::executor, drain);
    co_await timer.async_wait(asio::use_awaitable);
    for (std::size_t i = 0; i < listeners_.size(); ++i)
        co_await on_worker(workers_.at(i), [each = listeners_[i].get()] { return each->close(); });
    auto const until = after(grace);
    for (std::size_t i = 0; i < listeners_.size(); ++i)
        co_await on_worker(workers_.at(i),
                           [each = listeners_[i].get(), until] { return each->finish(until); });
}

}  // namespace vanna::http
