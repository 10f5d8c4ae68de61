// Waits a while, without a thread.
#pragma once
#include "core/async/awaitable.hpp"

namespace vanna {

inline awaitable<void> pause_for(std::chrono::milliseconds d) {
    asio::steady_timer timer(co_await asio::this_coro::executor, d);
    co_await timer.async_wait(asio::use_awaitable);
}

}  // namespace vanna
