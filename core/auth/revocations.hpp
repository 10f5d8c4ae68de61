// Which access tokens no longer count although they have not expired: a mirror, in this process, of the
// revocations that all replicas share. One place feeds it (the replica's snapshots), every worker asks it
// through a view of its own, which costs one atomic load.
#pragma once
#include <atomic>
#include <deque>
#include <unordered_map>
#include <unordered_set>

#include "core/auth/principal.hpp"
#include "core/replica/state.hpp"
#include "core/shared_value.hpp"

namespace vanna::auth {

struct revoked_set;

class revocations {
  public:
    // Replaces what is known by what PostgreSQL holds. Any thread.
    void update(std::vector<replica::revocation> const& rows);
    // What this replica has just committed holds at once here, and until snapshots surely include it.
    void add(replica::revocation const& row);
    // Whether a first snapshot has come: the process is not ready before.
    bool loaded() const { return version_.load(std::memory_order_acquire) != 0; }
    std::size_t size() const;

    // One a worker.
    class view {
      public:
        explicit view(revocations const& all) : all_(all) {}
        // Before the first snapshot nothing is revoked; readiness keeps requests away until then.
        bool revoked(principal const& who);

      private:
        revocations const& all_;
        std::uint64_t seen_ = 0;
        std::shared_ptr<revoked_set const> set_;
    };

  private:
    void publish();  // under mutex_

    mutable std::mutex mutex_;
    std::vector<replica::revocation> rows_;
    std::deque<std::pair<std::chrono::steady_clock::time_point, replica::revocation>> own_;
    shared_value<revoked_set> current_;
    std::atomic<std::uint64_t> version_{0};
    bool fed_ = false;
};

}  // namespace vanna::auth
