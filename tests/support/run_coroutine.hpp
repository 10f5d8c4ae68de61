// Runs a coroutine to its end on an io_context of its own, for unit tests; fails instead of hanging.
#pragma once
#include <boost/test/unit_test.hpp>

#include "core/async/awaitable.hpp"

namespace vanna::test {

// `body`: a function returning awaitable<void>, or taking the io_context. Exceptions pass through to the
// test.
template <class F>
void run_coroutine(F body, std::chrono::milliseconds limit = std::chrono::seconds(10)) {
    asio::io_context context(1);
    std::exception_ptr failure;
    bool finished = false;
    auto done = [&](std::exception_ptr e) {
        failure = e;
        finished = true;
        context.stop();
    };
    if constexpr (std::is_invocable_v<F, asio::io_context&>)
        asio::co_spawn(context, body(context), done);
    else
        asio::co_spawn(context, std::move(body), done);
    context.run_for(limit);
    if (failure) std::rethrow_exception(failure);
    BOOST_REQUIRE_MESSAGE(finished, "the coroutine did not finish within " << limit.count() << " ms");
}

}  // namespace vanna::test
