// One pipelined connection of a pool: connects, keeps many requests in flight, reconnects with back-off when
// it is lost. Only the pool uses it. What the order of replies means is the pipeline's; this is the I/O
// around it.
#pragma once
#include <unordered_map>

#include "core/async/task_group.hpp"
#include "db/postgres/connection.hpp"
#include "db/postgres/request.hpp"
#include "db/postgres/stats.hpp"

namespace vanna::postgres {

// What a channel tells its pool. finish() and again() take over the request.
class channel_owner {
  public:
    virtual void finish(request& done, result<rows> outcome) = 0;
    virtual void again(request& aborted) = 0;
    virtual void opened() = 0;
    virtual void closed() = 0;  // lost, or an attempt to connect failed
    virtual void replied() = 0;
    virtual void flush_soon(channel& which) = 0;

  protected:
    ~channel_owner() = default;
};

class channel {
  public:
    channel(channel_owner& owner, task_group& tasks, pool_stats& stats, address to)
        : owner_(owner), tasks_(tasks), stats_(stats), address_(std::move(to)) {}
    channel(channel const&) = delete;

    // Connects and serves, again and again, until cancelled.
    awaitable<void> run();
    bool is_open() const { return link_ && !lost_; }
    // Connecting for the first time, or again after a loss, and no attempt has failed yet.
    bool is_hopeful() const { return !is_open() && failures_ == 0; }
    std::string const& problem() const { return problem_; }
    std::size_t in_flight() const { return pipeline_.requests(); }

    // Puts the request into libpq's buffer; it leaves with the next flush(). Only if is_open(). A connection
    // lost on the way has already given the request back through the owner.
    void send(request& r, std::uint64_t tick);
    // One PQpipelineSync for what was sent since the last, and out with it.
    void flush(std::uint64_t tick);
    void abandon(request& r);
    // Ends requests past their deadline; gives up a connection that has not answered since `stale`.
    void sweep(deadline now, std::uint64_t stale);
    // Gives every request back with `why`.
    void fail_all(error const& why);

  private:
    struct prepared {
        enum state : std::uint8_t { no, underway, yes } is = no;
        std::optional<error> failure;  // why preparing failed, until it is tried again
    };
    static constexpr int most_attempts = 3;

    bool prepare(statement const& what, std::uint64_t tick);
    bool sync(std::uint64_t tick);
    void take_replies();
    void take_preparation(pg_result const* raw);
    void take_failure(request* whose, pg_result const* raw);
    void repeat_aborted();
    void give_back(request& r, std::string const& why);
    void lose(std::string why, request* answered_last = nullptr);
    std::vector<request*> waiting() const;
    awaitable<void> write_rest(std::shared_ptr<connection> link);

    channel_owner& owner_;
    task_group& tasks_;
    pool_stats& stats_;
    address address_;
    std::shared_ptr<connection> link_;
    pipeline pipeline_;
    std::unordered_map<statement const*, prepared> statements_;
    std::deque<statement const*> preparing_;
    std::vector<request*> aborted_;  // to be sent again once the replies at hand are taken
    std::string problem_ = "not connected yet";
    int failures_ = 0;
    bool lost_ = false, writing_ = false, flush_is_due_ = false;
};

}  // namespace vanna::postgres
