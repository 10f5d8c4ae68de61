// The recorder of one worker: append() puts a record into the spool before its answer leaves; run() commits
// what has gathered to PostgreSQL every 25 ms or sooner, keeps it while PostgreSQL is away, and trims the
// spool. Of one thread; its counts may be read from any.
#pragma once
#include "core/async/work_pool.hpp"
#include "core/query/committer.hpp"
#include "core/query/spool.hpp"

namespace vanna::query {

struct trail_counts {
    std::atomic<std::uint64_t> records{0}, bytes{0};  // not in PostgreSQL yet
    std::atomic<std::int64_t> oldest_us{0};           // when the oldest of them was made, 0: none
    std::atomic<std::uint64_t> committed{0}, rejected{0}, refused{0}, failed_commits{0};
    std::atomic<bool> disk_failing{false};
};

class trail : public recorder {
  public:
    // `folder`, `to` and `files` (where spooled segments are read back) must outlive it; `to` is of this
    // worker. While `must_wait` says so all records stay in the spool.
    trail(asio::any_io_executor executor, spool_folder const& folder, std::string name, store& to,
          work_pool& files, spool_limits limits = {}, std::function<bool()> must_wait = {});

    result<void> append(record const& r) override;
    bool has_room() const override { return spool_.has_room(); }

    // Until cancelled.
    awaitable<void> run();
    // Commits what there is without waiting for more, until all is committed, a commit fails or `limit`;
    // true: all is. While run() runs.
    awaitable<bool> flush(deadline limit);
    // The last commit failed: PostgreSQL is away, what waits in the spool is safe there.
    bool is_failing() const { return pause_ > std::chrono::milliseconds(0); }

    trail_counts const& counts() const { return counts_; }

  private:
    using clock = std::chrono::steady_clock;
    awaitable<bool> commit_front();
    clock::time_point next_turn() const;
    void show();

    spool spool_;
    committer committer_;
    work_pool& files_;
    asio::steady_timer wake_, flushed_;
    clock::time_point due_ = clock::time_point::max();  // of the group that gathers
    clock::time_point retry_{};                         // not before, after a failure
    std::chrono::milliseconds pause_{0};
    bool flushing_ = false;
    trail_counts counts_;
};

}  // namespace vanna::query
