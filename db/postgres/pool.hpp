// The System DB as one worker sees it: a few pipelined connections shared by every request of the worker, and
// a few plain ones for transactions. Created per worker and used only on it. read() and write() put the
// statement on a connection at once; the replies are awaited together, one sync and one flush per turn of the
// event loop.
#pragma once
#include "db/postgres/channel.hpp"
#include "db/postgres/session.hpp"

namespace vanna::postgres {

struct pool_options {
    unsigned connections = 2;     // pipelined
    unsigned sessions = 2;        // plain, for transactions; opened when needed
    std::size_t waiting = 4096;   // requests in the queue when every connection is full; more: overloaded
    std::size_t in_flight = 256;  // on one connection
    std::chrono::milliseconds statement_timeout{5000};  // on the pipelined connections
    // A connection whose oldest request is this much older than statement_timeout is dead, whatever TCP says.
    std::chrono::milliseconds silence{5000};
};

class pool final : private channel_owner {
  public:
    pool(asio::any_io_executor executor, address to, pool_options options = {});
    ~pool();

    // Starts connecting and waits for the first connection, at most until `limit`. unavailable: none yet; the
    // pool keeps trying by itself all the same.
    awaitable<result<void>> open(deadline limit);
    // Ends every request with unavailable and waits for what runs inside. Nothing may be called afterwards.
    awaitable<void> close();

    // One SELECT outside any transaction: it may be sent again when another's failure or a lost connection
    // swallowed its reply. unavailable (at once when PostgreSQL is down), overloaded, deadline_exceeded, and
    // what translate() makes of the server's refusal. `what` must be a static object.
    awaitable<result<rows>> read(statement const& what, params values, deadline limit) {
        return run(purpose::read, what, std::move(values), limit);
    }
    // One statement that changes something, a transaction of its own. After unavailable or deadline_exceeded
    // it may have happened or not.
    awaitable<result<rows>> write(statement const& what, params values, deadline limit) {
        return run(purpose::write, what, std::move(values), limit);
    }
    // Runs `body` (session& -> awaitable<result<T>>) between BEGIN and COMMIT on a plain connection; an error
    // or an exception rolls back. The server too gives up at `limit`.
    template <class F>
    std::invoke_result_t<F, session&> transaction(F body, deadline limit) {
        auto lease = co_await sessions_.borrow(limit);
        if (!lease) co_return lease.error();
        session& on = **lease;
        if (auto begun = co_await on.begin(limit); !begun) co_return begun.error();
        auto outcome = co_await body(on);
        auto ended = co_await (outcome ? on.commit(limit) : on.rollback(limit));
        if (outcome && !ended) co_return ended.error();
        co_return outcome;
    }
    // A plain connection for something else (VACUUM, a script); returned when the lease dies.
    awaitable<result<session_lease>> borrow(deadline limit) { return sessions_.borrow(limit); }

    bool is_up() const;  // some connection is open
    pool_stats const& stats() const { return stats_; }
    address const& where() const { return address_; }
    asio::any_io_executor executor() const { return executor_; }

  private:
    awaitable<result<rows>> run(purpose kind, statement const& what, params values, deadline limit);
    void submit(request& r);
    channel* best() const;
    void cancel(request& r);
    void forget(request& r);
    void send_waiting();
    void fail_waiting(error const& why);
    void resume_finished();
    void resume_soon();
    void count();
    awaitable<void> sweep();

    void finish(request& done, result<rows> outcome) override;
    void again(request& aborted) override;
    void opened() override;
    void closed() override;
    void replied() override;
    void flush_soon(channel& which) override;

    asio::any_io_executor executor_;
    address address_;
    pool_options options_;
    pool_stats stats_;
    task_group tasks_;
    session_pool sessions_;
    std::vector<std::unique_ptr<channel>> channels_;
    std::vector<channel*> to_flush_;
    std::deque<request*> waiting_, finished_;
    asio::steady_timer state_changed_;
    std::shared_ptr<pool*> self_;  // null pointer once closed: posted functions may outlive the pool
    std::uint64_t tick_ = 0;
    bool is_closing_ = false, resuming_ = false, resume_posted_ = false;
};

}  // namespace vanna::postgres
