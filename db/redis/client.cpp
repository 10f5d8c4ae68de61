#include "db/redis/client.hpp"

#include <fcntl.h>

#include "core/log.hpp"

namespace vanna::redis {
namespace {

using namespace std::chrono_literals;
constexpr std::chrono::milliseconds connect_time = 2s, first_pause = 100ms, longest_pause = 2s;
// A server that owes a reply this long is given up: until then each caller would wait out its own deadline.
constexpr auto silence = 500ms;
constexpr auto tick = 10ms;

error away(std::string why) {
    return error{errc::unavailable, public_text{"the cache is not reachable"},
                 internal_text{"Redis: " + why}};
}

struct call_frame final : waiter {
    using handler = asio::async_result<asio::use_awaitable_t<>, void()>::handler_type;
    std::optional<handler> resume;
    result<reply> outcome{away("no reply")};

    void finish(result<reply> o) override {
        outcome = std::move(o);
        auto ready = std::move(*resume);
        resume.reset();
        std::move(ready)();
    }
};

}  // namespace

client::client(asio::any_io_executor executor, address to, pipeline_limits limits)
    : executor_(executor),
      address_(std::move(to)),
      limits_(limits),
      socket_(executor),
      wake_writer_(executor),
      clock_(executor) {}

awaitable<void> client::run() {
    asio::steady_timer timer(executor_);
    std::chrono::milliseconds pause = first_pause;
    bool told = false;
    for (;;) {
        std::string why;
        auto const connects = counts_.connects.load();
        try {
            why = co_await serve();
        } catch (...) {
            close("the connection was ended");
            throw;
        }
        close(why);
        if ((co_await asio::this_coro::cancellation_state).cancelled() != asio::cancellation_type::none)
            co_return;
        bool const was_up = counts_.connects.load() != connects;
        if (was_up || !told) log::warn("Redis is away", {{"host", address_.host}, {"error", why}});
        told = true;
        pause = was_up ? first_pause : std::min(pause * 2, longest_pause);
        timer.expires_after(pause);
        co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
    }
}

// Until the connection is lost; says why.
awaitable<std::string> client::serve() {
    auto const opened = co_await with_deadline(open(), after(connect_time));
    has_tried_ = true;
    if (!opened) co_return opened.error().detail.empty() ? opened.error().message : opened.error().detail;
    pipeline_ = std::make_unique<pipeline>(limits_);
    counts_.connected = true;
    ++counts_.connects;
    log::info("connected to Redis", {{"host", address_.host}, {"port", address_.port}});

    auto [order, e0, reading, e1, writing, e2, timing] =
        co_await asio::experimental::make_parallel_group(
            asio::co_spawn(executor_, read_replies(), asio::deferred),
            asio::co_spawn(executor_, write_requests(), asio::deferred),
            asio::co_spawn(executor_, keep_time(), asio::deferred))
            .async_wait(asio::experimental::wait_for_one(), asio::use_awaitable);
    std::exception_ptr const failures[] = {e0, e1, e2};
    std::string const reasons[] = {reading, writing, timing};
    if (failures[order[0]]) std::rethrow_exception(failures[order[0]]);
    co_return reasons[order[0]];
}

awaitable<result<void>> client::open() {
    asio::ip::tcp::resolver resolver(executor_);
    auto [failed, found] =
        co_await resolver.async_resolve(address_.host, address_.port, asio::as_tuple(asio::use_awaitable));
    if (failed) co_return away(address_.host + ": " + failed.message());
    auto [refused, endpoint] =
        co_await asio::async_connect(socket_, found, asio::as_tuple(asio::use_awaitable));
    if (refused) co_return away(refused.message());
    socket_.set_option(asio::ip::tcp::no_delay(true));
    ::fcntl(socket_.native_handle(), F_SETFD, FD_CLOEXEC);
    co_return co_await shake_hands();
}

awaitable<result<void>> client::shake_hands() {
    std::string out;
    std::size_t expected = 1;
    auto const add = [&](std::initializer_list<std::string_view> command) {
        append_command(out, std::span(command.begin(), command.size()));
    };
    if (!address_.password.empty()) {
        ++expected;
        if (address_.user.empty())
            add({"AUTH", address_.password});
        else
            add({"AUTH", address_.user, address_.password});
    }
    auto const database = std::to_string(address_.database);
    if (address_.database != 0) {
        ++expected;
        add({"SELECT", database});
    }
    add({"PING"});
    auto [unsent, ignored] =
        co_await asio::async_write(socket_, asio::buffer(out), asio::as_tuple(asio::use_awaitable));
    if (unsent) co_return away(unsent.message());

    resp_reader reader;
    std::array<char, 1024> buffer;
    while (expected > 0) {
        auto [failed, size] =
            co_await socket_.async_read_some(asio::buffer(buffer), asio::as_tuple(asio::use_awaitable));
        if (failed) co_return away(failed.message());
        reader.feed({buffer.data(), size});
        for (;;) {
            auto answer = reader.next();
            if (!answer) co_return answer.error();
            if (!*answer) break;
            if ((*answer)->type == reply::kind::error) co_return away((*answer)->text);
            --expected;
        }
    }
    co_return result<void>{};
}

awaitable<std::string> client::read_replies() {
    std::vector<char> buffer(64u << 10);
    for (;;) {
        auto [failed, size] =
            co_await socket_.async_read_some(asio::buffer(buffer), asio::as_tuple(asio::use_awaitable));
        if (failed) co_return failed.message();
        auto fed = pipeline_->feed({buffer.data(), size});
        counts_.in_flight.store(pipeline_->size(), std::memory_order_relaxed);
        if (!fed) co_return fed.error().detail;
    }
}

awaitable<std::string> client::write_requests() {
    std::string buffer;
    for (;;) {
        if (!pipeline_->has_output()) {
            writer_sleeps_ = true;
            wake_writer_.expires_at(asio::steady_timer::time_point::max());
            co_await wake_writer_.async_wait(asio::as_tuple(asio::use_awaitable));
            continue;
        }
        pipeline_->take_output(buffer);
        auto [failed, size] =
            co_await asio::async_write(socket_, asio::buffer(buffer), asio::as_tuple(asio::use_awaitable));
        if (failed) co_return failed.message();
        // What many requests needed at once need not be held for ever.
        if (buffer.capacity() > (1u << 20)) buffer = {};
        buffer.clear();
    }
}

awaitable<std::string> client::keep_time() {
    for (;;) {
        clock_sleeps_ = pipeline_->size() == 0;
        if (clock_sleeps_)
            clock_.expires_at(asio::steady_timer::time_point::max());
        else
            clock_.expires_after(tick);
        co_await clock_.async_wait(asio::as_tuple(asio::use_awaitable));
        auto const now = std::chrono::steady_clock::now();
        counts_.timeouts += pipeline_->sweep(now);
        if (auto const since = pipeline_->waiting_since(); since && now - *since > silence)
            co_return "no reply for " + std::to_string(silence.count()) + " ms";
    }
}

void client::close(std::string const& why) {
    if (counts_.connected.exchange(false)) ++counts_.losses;
    boost::system::error_code ignored;
    socket_.close(ignored);
    counts_.in_flight = 0;
    // Those resumed may call again: by then this connection must be no more.
    if (auto const lost = std::move(pipeline_)) lost->fail_all(away(why));
}

bool client::push(std::span<std::string_view const> arguments, waiter* who) {
    if (!pipeline_ || !pipeline_->push(arguments, who, std::chrono::steady_clock::now())) return false;
    counts_.calls.fetch_add(1, std::memory_order_relaxed);
    counts_.in_flight.store(pipeline_->size(), std::memory_order_relaxed);
    // The writer runs in the loop's next turn, so that all requests of this one leave together.
    if (std::exchange(writer_sleeps_, false)) wake_writer_.cancel();
    if (std::exchange(clock_sleeps_, false)) clock_.cancel();
    return true;
}

awaitable<result<reply>> client::call(std::span<std::string_view const> arguments, deadline limit) {
    if (!pipeline_) co_return away("not connected");
    call_frame frame;
    frame.limit = limit;
    if (!push(arguments, &frame)) {
        counts_.refused.fetch_add(1, std::memory_order_relaxed);
        co_return error{errc::overloaded, public_text{"the cache is busy"},
                        internal_text{"Redis: too many requests in flight"}};
    }
    co_await asio::async_initiate<asio::use_awaitable_t<> const, void()>(
        [&frame](auto handler) { frame.resume.emplace(std::move(handler)); }, asio::use_awaitable);
    co_return std::move(frame.outcome);
}

bool client::send(std::span<std::string_view const> arguments) {
    if (push(arguments, nullptr)) return true;
    counts_.refused.fetch_add(1, std::memory_order_relaxed);
    return false;
}

}  // namespace vanna::redis
