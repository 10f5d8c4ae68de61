// One worker's connection to Redis: pipelined, one write a turn of the event loop, reconnecting with
// back-off. Down means `unavailable` at once: whoever calls has another way. Of one thread; its counts may be
// read from any.
#pragma once
#include <atomic>

#include "core/async/awaitable.hpp"
#include "db/redis/address.hpp"
#include "db/redis/pipeline.hpp"

namespace vanna::redis {

// How long the cache and the limits wait for a reply: with the 10 ms between two looks at the clock never
// more than 50.
inline constexpr std::chrono::milliseconds usual_patience{40};

struct client_counts {
    std::atomic<bool> connected{false};
    std::atomic<std::uint64_t> calls{0}, timeouts{0}, refused{0}, connects{0}, losses{0}, in_flight{0};
};

class client {
  public:
    client(asio::any_io_executor executor, address to, pipeline_limits limits = {});
    client(client const&) = delete;

    // Connects and serves, again and again, until cancelled.
    awaitable<void> run();

    // unavailable: not connected, or lost before the reply. overloaded: too much in flight.
    // deadline_exceeded. A reply of kind error is a success here.
    awaitable<result<reply>> call(std::span<std::string_view const> arguments, deadline limit);
    // Without waiting; false: not connected or too much in flight.
    bool send(std::span<std::string_view const> arguments);

    // The first attempt to connect has ended, one way or the other.
    bool has_tried() const { return has_tried_; }
    bool connected() const { return counts_.connected.load(std::memory_order_relaxed); }
    client_counts const& counts() const { return counts_; }

  private:
    using socket = asio::ip::tcp::socket;
    awaitable<std::string> serve();
    awaitable<result<void>> open();
    awaitable<result<void>> shake_hands();
    awaitable<std::string> read_replies();
    awaitable<std::string> write_requests();
    awaitable<std::string> keep_time();
    void close(std::string const& why);
    bool push(std::span<std::string_view const> arguments, waiter* who);

    asio::any_io_executor executor_;
    address address_;
    pipeline_limits limits_;
    socket socket_;
    std::unique_ptr<pipeline> pipeline_;  // of the connection that is open
    asio::steady_timer wake_writer_, clock_;
    bool has_tried_ = false, writer_sleeps_ = false, clock_sleeps_ = false;
    client_counts counts_;
};

}  // namespace vanna::redis
