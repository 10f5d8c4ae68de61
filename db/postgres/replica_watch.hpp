// Follows what replicas agree on, once a process: LISTEN on a connection of its own, a poll twice a second
// for announcements that got lost, a full read after each reconnect. Hands every new snapshot to a callback
// on the pool's executor.
#pragma once
#include <atomic>
#include <functional>

#include "db/postgres/replica_state.hpp"

namespace vanna::postgres {

class replica_watch {
  public:
    using callback = std::function<void(replica::snapshot)>;
    // `on` must outlive the watch.
    replica_watch(pool& on, callback changed);

    // Reads the first snapshot and hands it over, then watches until stop(). unavailable: the first read
    // failed; it is watching all the same and hands over the first snapshot when PostgreSQL is there.
    awaitable<result<void>> start(deadline limit);
    awaitable<void> stop();

    // How long ago the mirror was known to be true; any thread. Grows while PostgreSQL is away.
    std::chrono::milliseconds age() const;
    std::uint64_t announcements() const { return announcements_.load(); }
    bool is_listening() const { return listening_.load(); }

  private:
    awaitable<void> poll();
    awaitable<void> listen();
    awaitable<result<void>> hear(session& on);
    awaitable<result<void>> look(deadline limit);
    void wake();

    pool& pool_;
    callback changed_;
    task_group tasks_;
    asio::steady_timer turn_;
    std::string fingerprint_;               // of the snapshot handed over last; empty: none yet
    bool announced_ = false;                // since the last look
    std::atomic<std::int64_t> true_at_{0};  // steady clock, nanoseconds
    std::atomic<std::uint64_t> announcements_{0};
    std::atomic<bool> listening_{false};
};

}  // namespace vanna::postgres
