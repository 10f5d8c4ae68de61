// Ends what is awaited when a stop flag is raised: for outside calls of jobs, which know nothing of flags.
#pragma once
#include <memory>

#include "core/async/pause.hpp"
#include "core/sql/target.hpp"

namespace vanna {

inline awaitable<void> raised(std::shared_ptr<sql::stop_flag> stop) {
    while (stop->why() == sql::stop_reason::none)
        co_await pause_for(std::chrono::milliseconds(100));
}

// Runs `operation` until the flag is raised; then it is cancelled, awaited, and the answer is cancelled. An
// exception of the operation passes through. What the operation refers to must outlive the call.
template <class T>
awaitable<result<T>> unless_stopped(awaitable<result<T>> operation, std::shared_ptr<sql::stop_flag> stop) {
    auto const executor = co_await asio::this_coro::executor;
    std::optional<result<T>> outcome;
    auto run = [](awaitable<result<T>> op, std::optional<result<T>>& out) -> awaitable<void> {
        out.emplace(co_await std::move(op));
    };
    auto [order, failure, watch_failure] =
        co_await asio::experimental::make_parallel_group(
            asio::co_spawn(executor, run(std::move(operation), outcome), asio::deferred),
            asio::co_spawn(executor, raised(stop), asio::deferred))
            .async_wait(asio::experimental::wait_for_one(), asio::use_awaitable);
    if (order[0] == 0 && failure) std::rethrow_exception(failure);
    if (outcome) co_return std::move(*outcome);
    co_return error{errc::cancelled, public_text{"it was stopped"}};
}

}  // namespace vanna
