// A plain connection, one statement at a time: transactions, advisory locks, migrations, VACUUM; and the
// small bounded pool of them. A session whose state is unknown (time-out, lost, left inside a transaction) is
// closed, not reused.
#pragma once
#include <list>

#include "db/postgres/connection.hpp"
#include "db/postgres/rows.hpp"
#include "db/postgres/statement.hpp"
#include "db/postgres/stats.hpp"

namespace vanna::postgres {

class session {
  public:
    static awaitable<result<std::unique_ptr<session>>> open(address to, deadline limit);
    explicit session(std::unique_ptr<connection> owned);

    // One statement with parameters. Past `limit` the connection is given up: deadline_exceeded.
    awaitable<result<rows>> execute(std::string sql, params values, deadline limit);
    awaitable<result<rows>> execute(statement const& what, params values, deadline limit) {
        return execute(std::string(what.sql), std::move(values), limit);
    }
    // Any number of statements without parameters, in one implicit transaction unless they say otherwise.
    awaitable<result<void>> script(std::string sql, deadline limit);
    awaitable<result<void>> begin(deadline limit);  // the server too gives up at `limit`
    awaitable<result<void>> commit(deadline limit);
    awaitable<result<void>> rollback(deadline limit);

    bool is_reusable() const;  // open, idle, outside a transaction
    bool is_alive();           // nothing came in while it was idle that says otherwise
    connection& link() { return *connection_; }
    std::weak_ptr<connection> shared_link() const { return connection_; }  // for alarms

  private:
    awaitable<result<rows>> finish(std::string context, deadline limit);
    awaitable<result<rows>> take_replies(std::string const& context, deadline limit);

    std::shared_ptr<connection> connection_;  // shared with the alarm of a running statement
    bool is_broken_ = false;
};

class session_pool;
// A borrowed session; gives it back when it dies.
class session_lease {
  public:
    session_lease(session_pool& from, std::unique_ptr<session> lent) : from_(&from), lent_(std::move(lent)) {}
    session_lease(session_lease&& other) noexcept = default;
    session_lease& operator=(session_lease&&) = delete;
    ~session_lease();
    session& operator*() const { return *lent_; }
    session* operator->() const { return lent_.get(); }

  private:
    session_pool* from_;
    std::unique_ptr<session> lent_;
};

class session_pool {
  public:
    session_pool(asio::any_io_executor executor, address to, unsigned most, pool_stats& stats);
    // overloaded: too many wait; deadline_exceeded: none became free; unavailable: cannot connect.
    awaitable<result<session_lease>> borrow(deadline limit);
    void close();  // closes the idle ones; nothing is lent any more
    void sweep();  // closes what has been idle for long: other workers and programs need connections too

  private:
    friend class session_lease;
    void give_back(std::unique_ptr<session> lent);
    void release_place();
    std::unique_ptr<session> take_idle();
    void count();

    asio::any_io_executor executor_;
    address address_;
    std::size_t most_, busy_ = 0;
    pool_stats& stats_;
    struct resting {
        std::unique_ptr<session> one;
        deadline since;
    };
    std::vector<resting> idle_;  // the last to come is the first to go
    std::list<asio::steady_timer*> waiters_;
    bool is_closed_ = false;
};

}  // namespace vanna::postgres
