// A bounded pool of threads named after its job (cpu, sqlite, job), with a bounded queue, and offload(): run
// a blocking function there and resume on the caller's executor. A full queue is an error now, not a wait.
// About 2 µs a hop.
#pragma once
#include <atomic>
#include <boost/asio/thread_pool.hpp>
#include <chrono>
#include <string>

#include "core/async/awaitable.hpp"

namespace vanna {

class work_pool {
  public:
    // `threads` >= 1; `queue`: how many functions may wait beside those running; `nice`: how far the threads
    // stand back behind the workers when cores are short.
    work_pool(std::string name, unsigned threads, std::size_t queue, int nice = 0);
    ~work_pool();
    work_pool(work_pool const&) = delete;

    std::string const& name() const { return name_; }
    unsigned threads() const { return threads_; }
    std::size_t queued() const { return std::size_t(std::max<long>(0, pending_.load() - long(threads_))); }
    std::size_t running() const { return std::size_t(std::min<long>(pending_.load(), long(threads_))); }
    // Sum of the time functions waited in the queue, and how many were started or turned away.
    std::chrono::nanoseconds waited() const { return std::chrono::nanoseconds(waited_.load()); }
    std::uint64_t started() const { return started_.load(); }
    std::uint64_t rejected() const { return rejected_.load(); }

    // Queues `work`; false when the queue is full. `work` must not throw.
    template <class F>
    bool try_post(F work) {
        if (pending_.fetch_add(1) >= long(threads_ + queue_)) {
            pending_.fetch_sub(1);
            rejected_.fetch_add(1, std::memory_order_relaxed);
            return false;
        }
        auto const queued_at = std::chrono::steady_clock::now();
        asio::post(pool_, [this, queued_at, work = std::move(work)]() mutable {
            name_thread();
            waited_.fetch_add((std::chrono::steady_clock::now() - queued_at).count(),
                              std::memory_order_relaxed);
            started_.fetch_add(1, std::memory_order_relaxed);
            work();
            pending_.fetch_sub(1);
        });
        return true;
    }

    // Waits for what is queued, then ends the threads. Called before the contexts that wait for it are
    // destroyed.
    void join();

  private:
    void name_thread() const;

    std::string name_;
    unsigned threads_;
    std::size_t queue_;
    int nice_;
    std::atomic<long> pending_{0};
    std::atomic<long> waited_{0};
    std::atomic<std::uint64_t> started_{0}, rejected_{0};
    asio::thread_pool pool_;
};

// Runs `function` (returning result<T>) on the pool and resumes here with its result; overloaded when the
// queue is full. An exception of `function` is rethrown here. The function owns what it touches: a time-out
// alone does not stop it.
template <class F>
auto offload(work_pool& pool, F function) -> awaitable<std::invoke_result_t<F>> {
    using outcome = std::invoke_result_t<F>;
    struct state {
        std::optional<outcome> value;
        std::exception_ptr failure;
    };
    auto shared = std::make_shared<state>();
    bool accepted = true;
    auto initiate = [&pool, &accepted, shared](auto handler, F f) {
        auto executor = asio::get_associated_executor(handler);
        auto work = asio::make_work_guard(executor);
        auto held = std::make_shared<decltype(handler)>(std::move(handler));
        accepted = pool.try_post([shared, f = std::move(f), held, work, executor]() mutable {
            try {
                shared->value.emplace(f());
            } catch (...) {
                shared->failure = std::current_exception();
            }
            // Nothing that refers to the caller's context may stay behind here: it can be gone by then.
            asio::post(executor, [held = std::move(held), work = std::move(work)] { std::move (*held)(); });
        });
        if (!accepted) asio::post(executor, [held] { std::move (*held)(); });
    };
    co_await asio::async_initiate<decltype(asio::use_awaitable), void()>(initiate, asio::use_awaitable,
                                                                         std::move(function));
    if (!accepted)
        co_return error{errc::overloaded,
                        public_text{"the server is busy: too much work is queued; try again shortly"},
                        internal_text{"the queue of pool " + pool.name() + " is full"}}
            .with_retry(std::chrono::seconds(1));
    if (shared->failure) std::rethrow_exception(shared->failure);
    co_return std::move(*shared->value);
}

}  // namespace vanna
