// The queries this process is running, shared by its workers: who owns them, how to stop them, how many a
// user has at once, and which client-given ids were used in the last ten minutes (a retry under a known id
// must not run again).
#pragma once
#include <deque>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <unordered_set>

#include "core/error.hpp"
#include "core/ids.hpp"
#include "core/sql/target.hpp"

namespace vanna::query {

class running {
  public:
    // One entry while it lives; leaving scope takes the query out.
    class entry {
      public:
        entry(running& owner, uuid id, uuid user) : owner_(&owner), id_(id), user_(user) {}
        entry(entry&& other) noexcept
            : owner_(std::exchange(other.owner_, nullptr)), id_(other.id_), user_(other.user_) {}
        entry& operator=(entry&&) = delete;
        ~entry() {
            if (owner_) owner_->remove(id_, user_);
        }
        // The query was recorded: from now on its id is known for ten minutes. One that failed before that
        // may be sent again under its id.
        void remember() { owner_->remember(id_); }

      private:
        running* owner_;
        uuid id_, user_;
    };

    // conflict: the id runs or ran already. rate_limited: the user has `most` queries at once (0: no limit).
    result<entry> add(uuid id, uuid user, std::shared_ptr<sql::stop_flag> stop, std::uint64_t most);
    // Requests the stop of a query that runs here, and says whose it is. not_found: it does not run here;
    // forbidden: it is another's and `as_admin` is false, which `by` must not be told.
    result<uuid> cancel(uuid id, uuid by, bool as_admin);
    void stop_all(sql::stop_reason why);
    std::size_t size() const;

  private:
    struct job {
        uuid user;
        std::shared_ptr<sql::stop_flag> stop;
    };
    void remove(uuid id, uuid user);
    void remember(uuid id);

    mutable std::mutex mutex_;
    std::unordered_map<uuid, job> jobs_;
    std::unordered_map<uuid, std::size_t> per_user_;
    std::unordered_set<uuid> recent_;
    std::deque<std::pair<std::chrono::steady_clock::time_point, uuid>> recent_order_;
};

}  // namespace vanna::query
