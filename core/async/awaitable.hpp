// The coroutine vocabulary of the engine: awaitable<T>, and with_deadline for outside calls that have no
// time-out of their own (jobs, whole fan-outs). Sockets use expires_after and pools sweep their queues
// instead: cheaper.
#pragma once
#include <boost/asio.hpp>
#include <boost/asio/experimental/parallel_group.hpp>
#include <optional>

#include "core/clock.hpp"
#include "core/error.hpp"

namespace vanna {

namespace asio = boost::asio;
template <class T>
using awaitable = asio::awaitable<T>;

// Runs `operation` until `limit`; past it the operation is cancelled, awaited, and the answer is
// deadline_exceeded. An exception of the operation passes through. What the operation refers to must outlive
// the call.
template <class T>
awaitable<result<T>> with_deadline(awaitable<result<T>> operation, deadline limit) {
    auto executor = co_await asio::this_coro::executor;
    std::optional<result<T>> outcome;
    asio::steady_timer timer(executor, limit);
    auto run = [](awaitable<result<T>> op, std::optional<result<T>>& out) -> awaitable<void> {
        out.emplace(co_await std::move(op));
    };
    auto [order, failure, timer_error] =
        co_await asio::experimental::make_parallel_group(
            asio::co_spawn(executor, run(std::move(operation), outcome), asio::deferred),
            timer.async_wait(asio::deferred))
            .async_wait(asio::experimental::wait_for_one(), asio::use_awaitable);
    if (order[0] == 0 && failure) std::rethrow_exception(failure);
    if (outcome) co_return std::move(*outcome);
    co_return error{errc::deadline_exceeded, public_text{"the time allowed for this ran out"}};
}

}  // namespace vanna
