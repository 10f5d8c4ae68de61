#include "core/net/http_client.hpp"

#include <algorithm>
#include <boost/asio/ssl/error.hpp>

#include "core/net/link.hpp"

namespace vanna::net {
namespace {

namespace beast = boost::beast;

error failure(origin const& to, error_code ec, char const* doing) {
    auto hidden = internal_text{std::string(doing) + " " + to.host + ":" + std::to_string(to.port) + ": " +
                                ec.message()};
    if (ec == beast::error::timeout)
        return {errc::deadline_exceeded, public_text{"a service did not answer in time"}, std::move(hidden)};
    if (ec == asio::error::operation_aborted)
        return {errc::cancelled, public_text{"cancelled"}, std::move(hidden)};
    if (ec == beast::http::error::body_limit || ec == beast::http::error::header_limit)
        return {errc::unavailable, public_text{"a service answered more than is taken"}, std::move(hidden)};
    return {errc::unavailable, public_text{"a service does not answer"}, std::move(hidden)};
}

bool means_dead(error_code ec) {
    return ec == beast::http::error::end_of_stream || ec == asio::error::eof ||
           ec == asio::error::connection_reset || ec == asio::error::broken_pipe ||
           ec == boost::asio::ssl::error::stream_truncated;
}

void copy_head(http_reply& to, wire_parser::value_type const& from) {
    to.status = from.result_int();
    for (auto const& field : from) {
        std::string name(field.name_string());
        for (char& c : name)
            if (c >= 'A' && c <= 'Z') c = char(c + 32);
        to.headers.emplace_back(std::move(name), field.value());
    }
}

}  // namespace

std::string_view http_reply::header(std::string_view lower_name) const {
    for (auto const& [name, value] : headers)
        if (name == lower_name) return value;
    return {};
}

struct http_client::waiter {
    asio::steady_timer timer;
    bool granted = false;
};

// One call's slot and connection; both go back when it ends.
class lease {
  public:
    lease() = default;
    explicit lease(http_client& owner) : owner_(&owner) {}
    lease(lease&& other) noexcept { *this = std::move(other); }
    lease& operator=(lease&& other) noexcept {
        std::swap(owner_, other.owner_);
        std::swap(connection, other.connection);
        std::swap(reusable, other.reusable);
        return *this;
    }
    ~lease() {
        if (owner_) owner_->release(std::move(connection), reusable);
    }

    std::unique_ptr<link> connection;
    bool reusable = false;

  private:
    http_client* owner_ = nullptr;
};

struct http_client::exchange {
    lease leased;
    std::unique_ptr<wire_parser> parser;  // not movable itself
};

error http_client::all_are_busy() const {
    return error{errc::overloaded, public_text{"too many calls wait for a service; try again shortly"},
                 internal_text{to_.host}}
        .with_retry(std::chrono::seconds(1));
}

http_client::http_client(asio::any_io_executor executor, origin to, http_client_options how)
    : executor_(std::move(executor)), to_(std::move(to)), how_(std::move(how)) {}

http_client::~http_client() = default;

awaitable<result<void>> http_client::wait_for_slot(deadline limit) {
    if (busy_ < how_.most_connections) {
        ++busy_;
        co_return result<void>();
    }
    if (waiting_.size() >= how_.most_waiting) co_return all_are_busy();
    waiter me{asio::steady_timer(executor_, limit)};
    auto const place = waiting_.insert(waiting_.end(), &me);
    error_code ec;
    co_await me.timer.async_wait(asio::redirect_error(asio::use_awaitable, ec));
    if (me.granted) co_return result<void>();
    waiting_.erase(place);
    if (ec) co_return failure(to_, ec, "waiting for a connection to");
    co_return all_are_busy();
}

void http_client::release(std::unique_ptr<link> used, bool reusable) {
    if (used && reusable) {
        used->used_before = true;
        idle_.push_back({std::move(used), std::chrono::steady_clock::now()});
    }
    if (waiting_.empty()) {
        --busy_;
        return;
    }
    auto* next = waiting_.front();
    waiting_.pop_front();
    next->granted = true;
    next->timer.cancel();
}

std::unique_ptr<link> http_client::take_idle() {
    auto const oldest = std::chrono::steady_clock::now() - how_.keep_idle;
    std::erase_if(idle_, [&](kept const& k) { return k.since < oldest; });
    while (!idle_.empty()) {
        auto last = std::move(idle_.back().connection);
        idle_.pop_back();
        if (!last->is_stale()) return last;
    }
    return nullptr;
}

awaitable<result<void>> http_client::connect(link& made, deadline limit) {
    auto found = co_await resolve(to_, limit);
    if (!found) co_return found.error();
    auto const ec = co_await made.connect(*found, limit);
    if (ec) co_return failure(to_, ec, "connecting to");
    co_return result<void>();
}

awaitable<result<void>> http_client::begin(exchange& call, http_request const& what, deadline limit) {
    if (limit <= std::chrono::steady_clock::now()) co_return failure(to_, beast::error::timeout, "calling");
    if (auto slot = co_await wait_for_slot(limit); !slot) co_return slot.error();
    call.leased = lease(*this);
    auto& connection = call.leased.connection;
    wire_request out;
    out.method_string(what.method);
    out.target(to_.base + what.target);
    out.set(beast::http::field::host, to_.authority());
    out.set(beast::http::field::user_agent, "vanna-engine/" VANNA_VERSION);
    for (auto const& [name, value] : what.headers)
        out.set(name, value);
    out.body() = what.body;
    out.prepare_payload();
    for (connection = take_idle();; connection = nullptr) {
        if (!connection) {
            if (to_.tls && !tls_) {
                auto context = std::make_shared<asio::ssl::context>(asio::ssl::context::tls_client);
                error_code ec;
                SSL_CTX_set_min_proto_version(context->native_handle(), TLS1_2_VERSION);
                context->set_verify_mode(asio::ssl::verify_peer, ec);
                if (how_.ca_file.empty())
                    context->set_default_verify_paths(ec);
                else
                    context->load_verify_file(how_.ca_file, ec);
                if (ec) co_return failure(to_, ec, "reading the certificates to verify");
                tls_ = std::move(context);
            }
            x509 expected;
            if (to_.tls && !how_.own_certificate_file.empty()) {
                expected = read_certificate(how_.own_certificate_file);
                if (!expected)
                    co_return error{errc::unavailable,
                                    public_text{"there is no certificate in " + how_.own_certificate_file}};
            }
            connection = make_link(executor_, static_cast<asio::ssl::context*>(tls_.get()), to_.host,
                                   std::move(expected));
            if (auto connected = co_await connect(*connection, limit); !connected)
                co_return connected.error();
        }
        call.parser = std::make_unique<wire_parser>();
        call.parser->body_limit(how_.most_body);
        if (what.method == "HEAD") call.parser->skip(true);
        auto ec = co_await connection->write(out, limit);
        if (!ec) ec = co_await connection->read_header(*call.parser, limit);
        if (!ec) co_return result<void>();
        if (!connection->used_before || call.parser->got_some() || !means_dead(ec))
            co_return failure(to_, ec, "calling");
        idle_.clear();  // of the same age, and as dead
    }
}

awaitable<result<http_reply>> http_client::request(http_request what, deadline limit) {
    exchange call;
    if (auto begun = co_await begin(call, what, limit); !begun) co_return begun.error();
    auto const ec = co_await call.leased.connection->read(*call.parser, limit);
    if (ec) co_return failure(to_, ec, "reading from");
    call.leased.reusable = call.parser->keep_alive();
    http_reply reply;
    copy_head(reply, call.parser->get());
    reply.body = std::move(call.parser->get().body());
    co_return reply;
}

awaitable<result<std::unique_ptr<http_stream>>> http_client::open(http_request what, deadline limit) {
    struct reader final : http_stream {
        origin const& to;
        exchange call;
        http_reply reply;
        reader(origin const& from, exchange c) : to(from), call(std::move(c)) {
            copy_head(reply, call.parser->get());
            call.parser->body_limit(boost::none);
        }
        http_reply const& head() const override { return reply; }
        awaitable<result<std::optional<std::string>>> next(deadline until) override {
            auto& body = call.parser->get().body();
            while (body.empty()) {
                if (call.parser->is_done()) {
                    call.leased.reusable = call.parser->keep_alive();
                    co_return std::optional<std::string>();
                }
                auto const ec = co_await call.leased.connection->read_some(*call.parser, until);
                if (ec) co_return failure(to, ec, "reading from");
            }
            co_return std::optional<std::string>(std::exchange(body, {}));
        }
    };
    exchange call;
    if (auto begun = co_await begin(call, what, limit); !begun) co_return begun.error();
    co_return std::make_unique<reader>(to_, std::move(call));
}

}  // namespace vanna::net
