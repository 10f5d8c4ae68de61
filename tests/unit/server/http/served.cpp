#include "tests/unit/server/http/served.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace vanna::test {
namespace {

using http::request;
using http::response;

response echo(context&, request& r) {
    std::string out(to_string(r.method));
    out.append(" ").append(r.parameter("text"));
    for (auto const& [name, value] : r.queries())
        out.append(" ").append(name).append("=").append(value);
    if (!r.body.empty()) out.append(" body=").append(r.body);
    return http::text_response(std::move(out));
}

response size(context&, request& r) {
    return http::text_response(std::to_string(r.body.size()));
}

response live(context&, request&) {
    return response(R"({"status":"ok"})");
}

awaitable<response> who(context&, request& r) {
    co_return http::text_response(r.principal ? r.principal->email : "nobody");
}

awaitable<response> remote(context&, request& r) {
    co_return http::text_response(std::string(r.remote()) + (r.is_loopback() ? " here" : "") +
                                  (r.is_secure() ? " secure" : ""));
}

awaitable<response> failing(context&, request&) {
    co_return error(errc::query_refused, public_text{"no \"DROP\" here"}, internal_text{"secret detail"})
        .with_field("sql", "must read")
        .with_retry(std::chrono::seconds(7));
}

awaitable<response> throwing(context&, request&) {
    throw std::runtime_error("the secret of the house");
    co_return response();
}

awaitable<response> large(context&, request& r) {
    auto const size = r.query("size");
    co_return http::text_response(std::string(std::stoul(std::string(*size)), 'x'));
}

// Runs until its client goes away, it is released or cancelled.
awaitable<response> waiting(context& c, request& r) {
    auto flag = std::make_shared<sql::stop_flag>();
    r.on_disconnect(flag);
    ++c.running;
    asio::steady_timer timer(co_await asio::this_coro::executor);
    while (!c.release && flag->why() != sql::stop_reason::client_gone) {
        timer.expires_after(std::chrono::milliseconds(2));
        co_await timer.async_wait(asio::use_awaitable);
    }
    if (flag->why() == sql::stop_reason::client_gone) ++c.gone;
    --c.running;
    co_return http::text_response("done");
}

struct pieces final : http::body_source {
    context& c;
    std::uint64_t left, size;
    std::string fail;
    pieces(context& made, std::uint64_t count, std::uint64_t each, std::string f)
        : c(made), left(count), size(each), fail(std::move(f)) {}
    awaitable<result<std::optional<std::string>>> next() override {
        if (left == 0) {
            if (fail == "error") co_return error{errc::unavailable, public_text{"the store went away"}};
            if (fail == "throw") throw std::runtime_error("bug");
            co_return std::optional<std::string>();
        }
        --left;
        ++c.produced;
        co_return std::optional<std::string>(std::string(size, 'p'));
    }
    std::vector<http::header_field> trailers() override { return {{"x-rows", "42"}}; }
};

std::uint64_t number(request& r, char const* name) {
    auto const text = r.query(name);
    return text ? std::stoull(std::string(*text)) : 0;
}

response streaming(context& c, request& r) {
    response made;
    made.content_type = "text/csv";
    made.headers.push_back({"trailer", "x-rows"});
    if (auto const ms = number(r, "until")) made.stream_until = r.within(std::chrono::milliseconds(ms));
    made.stream = std::make_unique<pieces>(c, number(r, "count"), number(r, "size"),
                                           std::string(r.query("fail").value_or("")));
    return made;
}

// Holds the worker's thread until released: nothing else of it runs.
response blocking(context& c, request&) {
    ++c.running;
    while (!c.release)
        std::this_thread::yield();
    return response();
}

awaitable<response> events(context& c, request& r) {
    auto stream = http::event_stream::make(co_await asio::this_coro::executor);
    c.tasks->spawn("events", [&c, stream, count = number(r, "count")]() -> awaitable<void> {
        for (std::uint64_t i = 0; i < count; ++i) {
            if (!co_await stream->push({"", std::to_string(i), ""})) break;
            ++c.produced;
        }
        if (stream->reader_gone()) ++c.gone;
        stream->finish();
    });
    co_return stream->reply(deadline::max());
}

response split(context&, request&) {
    return http::text_response("x").with("x-odd", "a\r\nset-cookie: b");
}

constexpr http::route routes[] = {
    {http::method::get, "/health/live", http::to<&live>, http::access::open, http::quiet},
    {http::method::get, "/echo/{text}", http::to<&echo>, http::access::open},
    {http::method::post, "/echo/{text}", http::to<&echo>, http::access::open},
    {http::method::post, "/size", http::to<&size>, http::access::open},
    {http::method::post, "/small", http::to<&size>, http::access::open, http::small_body},
    {http::method::get, "/who", http::to<&who>, http::access::known},
    {http::method::get, "/remote", http::to<&remote>, http::access::open},
    {http::method::get, "/viewer", http::to<&who>, http::access::viewer},
    {http::method::post, "/viewer", http::to<&who>, http::access::viewer},
    {http::method::post, "/always", http::to<&who>, http::access::viewer, http::during_maintenance},
    {http::method::get, "/admin-only", http::to<&who>},
    {http::method::get, "/failing", http::to<&failing>, http::access::open},
    {http::method::get, "/throwing", http::to<&throwing>, http::access::open},
    {http::method::get, "/large", http::to<&large>, http::access::open},
    {http::method::get, "/waiting", http::to<&waiting>, http::access::open},
    {http::method::get, "/stream", http::to<&streaming>, http::access::open},
    {http::method::get, "/blocking", http::to<&blocking>, http::access::open},
    {http::method::get, "/events", http::to<&events>, http::access::open},
    {http::method::get, "/split", http::to<&split>, http::access::open},
};

// Tokens are "<role>:<email>".
struct fake_verifier final : http::authenticator {
    context& state;
    explicit fake_verifier(context& c) : state(c) {}
    result<void> can_record() override {
        if (state.trail_is_full) return error{errc::unavailable, public_text{"the trail is full"}};
        return {};
    }
    std::optional<error> closed_to_writers() override {
        if (!state.maintenance) return {};
        return error{errc::unavailable, public_text{"restoring backup_1"}}
            .with_type("maintenance")
            .with_retry(std::chrono::seconds(5));
    }
    result<auth::principal> verify(std::string_view token) override {
        auto const colon = token.find(':');
        auto const role = auth::parse_role(token.substr(0, colon));
        if (!role) return error{errc::unauthenticated, public_text{"the token is not valid"}};
        auth::principal who;
        who.role = *role;
        who.email = token.substr(colon + 1);
        return who;
    }
};

}  // namespace

client::client(std::uint16_t port) : fd_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(port);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (fd_ < 0 || ::connect(fd_, reinterpret_cast<sockaddr*>(&to), sizeof to) != 0)
        throw std::runtime_error(std::string("cannot connect: ") + std::strerror(errno));
}

client::~client() {
    close();
}

void client::close(bool reset) {
    if (fd_ < 0) return;
    linger const l{reset ? 1 : 0, 0};
    if (reset) ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &l, sizeof l);
    ::close(std::exchange(fd_, -1));
}

void client::shutdown_sending() {
    ::shutdown(fd_, SHUT_WR);
}

void client::send(std::string_view bytes) {
    while (!bytes.empty()) {
        auto const n = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (n <= 0) throw std::runtime_error("the server closed while we sent");
        bytes.remove_prefix(std::size_t(n));
    }
}

bool client::more() {
    pollfd p{fd_, POLLIN, 0};
    if (::poll(&p, 1, 10'000) <= 0) throw std::runtime_error("nothing came within 10 s");
    char bytes[16384];
    auto const n = ::recv(fd_, bytes, sizeof bytes, 0);
    if (n <= 0) return false;
    buffer_.append(bytes, std::size_t(n));
    return true;
}

std::string client::line() {
    std::size_t end;
    while ((end = buffer_.find("\r\n")) == buffer_.npos)
        if (!more()) throw std::runtime_error("the connection ended in mid-line: " + buffer_);
    auto out = buffer_.substr(0, end);
    buffer_.erase(0, end + 2);
    return out;
}

reply client::read(bool head) {
    auto fields = [this](std::map<std::string, std::string>& into) {
        for (auto l = line(); !l.empty(); l = line()) {
            auto const colon = l.find(": ");
            into[l.substr(0, colon)] = l.substr(colon + 2);
        }
    };
    auto exactly = [this](std::size_t n) {
        while (buffer_.size() < n)
            if (!more()) throw std::runtime_error("the connection ended in mid-body");
        auto out = buffer_.substr(0, n);
        buffer_.erase(0, n);
        return out;
    };
    reply r;
    r.status = std::stoi(line().substr(9, 3));
    fields(r.headers);
    r.chunked = r.header("transfer-encoding") == "chunked";
    if (head || r.status == 204 || r.status == 100) return r;
    if (r.chunked) {
        while (auto const n = std::stoul(line(), nullptr, 16)) {
            r.body += exactly(n);
            line();
        }
        fields(r.trailers);
    } else if (r.headers.contains("content-length")) {
        r.body = exactly(std::stoul(r.header("content-length")));
    } else {
        while (more()) {
        }
        r.body = std::exchange(buffer_, {});
    }
    return r;
}

reply client::get(std::string_view target, std::string_view headers) {
    send("GET " + std::string(target) + " HTTP/1.1\r\nHost: test\r\n" + std::string(headers) + "\r\n");
    return read();
}

reply client::post(std::string_view target, std::string_view body, std::string_view headers) {
    send("POST " + std::string(target) + " HTTP/1.1\r\nHost: test\r\nContent-Length: " +
         std::to_string(body.size()) + "\r\n" + std::string(headers) + "\r\n" + std::string(body));
    return read();
}

bool client::closed_by_server() {
    try {
        while (more())
            buffer_.clear();
        return true;
    } catch (std::exception const&) {
        return false;
    }
}

served::served(http::options how, std::size_t workers)
    : workers_(workers), routes_{routes}, verifier_(std::make_unique<fake_verifier>(context_)) {
    context_.tasks = std::make_unique<task_group>(workers_.at(0).executor());
    std::vector<http::seat> seats;
    for (std::size_t i = 0; i < workers; ++i)
        seats.push_back({context_, verifier_.get()});
    server_ = std::make_unique<http::server>(workers_, std::move(how), routes_, std::move(seats));
    auto const opened = server_->open();
    BOOST_REQUIRE_MESSAGE(opened, "cannot open the server");
    workers_.start();
    asio::co_spawn(workers_.at(0).executor(), server_->accept(), asio::use_future).get();
}

served::~served() {
    if (!stopped_) stop({}, std::chrono::milliseconds(0)).get();
    asio::co_spawn(workers_.at(0).executor(), context_.tasks->wait(), asio::use_future).get();
    workers_.finish();
    workers_.join();
    context_.tasks.reset();
}

std::future<void> served::stop(std::chrono::milliseconds drain, std::chrono::milliseconds grace) {
    stopped_ = true;
    return asio::co_spawn(
        workers_.at(0).executor(),
        [&server = *server_, drain, grace]() -> awaitable<void> {
            co_await server.close(drain);
            co_await server.finish(grace);
        },
        asio::use_future);
}

std::uint64_t served::open() const {
    std::uint64_t n = 0;
    for (std::size_t i = 0; i < server_->workers(); ++i)
        n += server_->counts(i).connections.get();
    return n;
}

std::uint64_t served::accepted() const {
    std::uint64_t n = 0;
    for (std::size_t i = 0; i < server_->workers(); ++i)
        n += server_->counts(i).accepted.get();
    return n;
}

void served::eventually(std::function<bool()> holds, char const* what) {
    auto const limit = after(std::chrono::seconds(10));
    while (!holds()) {
        BOOST_REQUIRE_MESSAGE(std::chrono::steady_clock::now() < limit, "did not happen: " << what);
        std::this_thread::yield();
    }
}

}  // namespace vanna::test
