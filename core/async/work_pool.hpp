// A bounded pool of threads named after its job (cpu, sqlite, job), with a bounded queue, and offload(): run
// a blocking function there and resume on the caller's executor. A full queue is an error now, not a wait.
// About 2 µs a hop. Work may be posted for a party: then threads are shared out fairly (fair_turns).
#pragma once
#include <atomic>
#include <boost/asio/thread_pool.hpp>
#include <chrono>
#include <mutex>
#include <string>

#include "core/async/awaitable.hpp"
#include "core/async/fair_turns.hpp"
#include "core/async/foreground.hpp"

namespace vanna {

class work_pool {
  public:
    // `threads` >= 1; `queue`: how many functions may wait beside those running; `nice`: how far the threads
    // stand back behind the workers when cores are short; `front`: what they enter, one level below the
    // workers, if people wait for their work. It outlives the pool.
    work_pool(std::string name, unsigned threads, std::size_t queue, int nice = 0,
              foreground* front = nullptr);
    ~work_pool();
    work_pool(work_pool const&) = delete;

    std::string const& name() const { return name_; }
    unsigned threads() const { return threads_; }
    std::size_t queued() const { return std::size_t(std::max<long>(0, pending_.load() - running_.load())); }
    std::size_t running() const { return std::size_t(running_.load()); }
    // Sum of the time functions waited in the queue, and how many were started or turned away.
    std::chrono::nanoseconds waited() const { return std::chrono::nanoseconds(waited_.load()); }
    std::uint64_t started() const { return started_.load(); }
    std::uint64_t rejected() const { return rejected_.load(); }

    enum class posted { refused, waiting, begun };

    // Queues `work`; false when the queue is full. `work` must not throw.
    template <class F>
    bool try_post(F work) {
        if (!admit()) return false;
        asio::post(pool_, timed(std::move(work)));
        return true;
    }
    // The same in the party's turn, which comes when it holds less than its share of the threads. `then` runs
    // when the party has its share back: who goes on from there need not wait for it. Both can be copied.
    template <class F, class G>
    posted try_post(party by, F work, G then) {
        if (!admit()) return posted::refused;
        auto run = timed([this, by, work = std::move(work), then = std::move(then)]() mutable {
            work();
            finish(by);
            then();
        });
        {
            std::lock_guard const lock(turns_mutex_);
            if (!turns_.begin(by)) {
                turns_.wait(by, std::move(run));
                return posted::waiting;
            }
        }
        asio::post(pool_, std::move(run));
        return posted::begun;
    }
    // Asks `has_ended` every 50 ms until it says so: one timer, on the executor of one of those who wait, for
    // all of them.
    void look_after(asio::any_io_executor executor, std::function<bool()> has_ended);

    // Waits for what is queued, then ends the threads. Called before the contexts that wait for it are
    // destroyed.
    void join();

  private:
    bool admit();
    void finish(party by);
    void look_again(asio::any_io_executor executor);
    void name_thread() const;

    template <class F>
    auto timed(F work) {
        return [this, queued_at = std::chrono::steady_clock::now(), work = std::move(work)]() mutable {
            name_thread();
            ++running_;
            waited_.fetch_add((std::chrono::steady_clock::now() - queued_at).count(),
                              std::memory_order_relaxed);
            started_.fetch_add(1, std::memory_order_relaxed);
            work();
            --running_;
            pending_.fetch_sub(1);
        };
    }

    std::string name_;
    unsigned threads_;
    std::size_t queue_;
    int nice_;
    foreground* front_;
    std::mutex turns_mutex_;
    fair_turns turns_;
    std::list<std::function<bool()>> looked_after_;
    bool looking_ = false;
    std::atomic<long> pending_{0}, running_{0};
    std::atomic<long> waited_{0};
    std::atomic<std::uint64_t> started_{0}, rejected_{0};
    asio::thread_pool pool_;
};

error queue_is_full(work_pool const& pool);
error never_had_its_turn();

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
    if (!accepted) co_return queue_is_full(pool);
    if (shared->failure) std::rethrow_exception(shared->failure);
    co_return std::move(*shared->value);
}

// The same for a party that shares the pool's threads. While it waits for its turn, `limit` and give_up()
// (asked every 50 ms, on any thread) end that as overloaded or cancelled; `function` is then dropped unrun.
// Once begun, it looks after its deadline itself.
template <class F, class G>
auto offload(work_pool& pool, party by, deadline limit, G give_up, F function)
    -> awaitable<std::invoke_result_t<F>> {
    using outcome = std::invoke_result_t<F>;
    struct state {
        std::optional<F> function;  // comes and goes on the pool's threads: what it holds may block
        std::optional<outcome> value;
        std::exception_ptr failure;
        std::function<void()> resume;      // of the coroutine, on its executor
        std::atomic<bool> claimed{false};  // by the pool's thread, or by who gives up: only one resumes
        bool ran = false;                  // of the pool's thread alone
    };
    auto shared = std::make_shared<state>(std::move(function));
    auto posted = work_pool::posted::refused;
    auto initiate = [&](auto handler) {
        auto executor = asio::get_associated_executor(handler);
        auto work = asio::make_work_guard(executor);
        auto held = std::make_shared<decltype(handler)>(std::move(handler));
        shared->resume = [held, work] { std::move (*held)(); };
        auto const resume_there = [executor](std::shared_ptr<state> own) {
            // Nothing that refers to the caller's context may stay behind here: it can be gone by then.
            asio::post(executor, [own = std::move(own)] { std::exchange(own->resume, nullptr)(); });
        };
        posted = pool.try_post(
            by,
            [own = shared] {
                if (own->claimed.exchange(true)) return;
                try {
                    own->value.emplace((*own->function)());
                } catch (...) {
                    own->failure = std::current_exception();
                }
                own->function.reset();
                own->ran = true;
            },
            [own = shared, resume_there]() mutable {
                if (own->ran) resume_there(std::move(own));
            });
        if (posted == work_pool::posted::refused) resume_there(shared);
        if (posted != work_pool::posted::waiting) return;
        pool.look_after(executor, [weak = std::weak_ptr(shared), limit, give_up, resume_there] {
            auto own = weak.lock();
            if (!own || own->claimed) return true;
            bool const gives_up = give_up();
            if (!gives_up && std::chrono::steady_clock::now() < limit) return false;
            if (own->claimed.exchange(true)) return true;
            own->value.emplace(gives_up ? error{errc::cancelled, public_text{"the query was cancelled"}}
                                        : never_had_its_turn());
            resume_there(std::move(own));
            return true;
        });
    };
    co_await asio::async_initiate<decltype(asio::use_awaitable), void()>(initiate, asio::use_awaitable);
    if (posted == work_pool::posted::refused) co_return queue_is_full(pool);
    if (shared->failure) std::rethrow_exception(shared->failure);
    co_return std::move(*shared->value);
}

}  // namespace vanna
