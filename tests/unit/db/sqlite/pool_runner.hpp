// A pool and a context to come back to, in the order that the server has them: the pool is joined first.
#pragma once
#include <boost/test/unit_test.hpp>

#include "core/async/work_pool.hpp"

namespace vanna::test {

class pool_runner {
    asio::io_context context_{1};

  public:
    explicit pool_runner(std::string name, unsigned threads) : pool(std::move(name), threads, 64) {}

    // Runs `body` (a function returning awaitable<void>) to its end. Exceptions pass through.
    template <class F>
    void run(F body, std::chrono::milliseconds limit = std::chrono::seconds(60)) {
        std::exception_ptr failure;
        bool finished = false;
        context_.restart();
        asio::co_spawn(context_, std::move(body), [&](std::exception_ptr e) {
            failure = e;
            finished = true;
        });
        context_.run_for(limit);
        if (failure) std::rethrow_exception(failure);
        BOOST_REQUIRE_MESSAGE(finished, "the coroutine did not finish within " << limit.count() << " ms");
    }

    work_pool pool;
};

}  // namespace vanna::test
