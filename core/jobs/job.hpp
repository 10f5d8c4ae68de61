// Rows of `jobs`: what runs in the background, who asked, how far it is. The scheduler (jobs/) writes them,
// the API lists them.
#pragma once
#include "core/async/awaitable.hpp"
#include "core/page.hpp"

namespace vanna::jobs {

enum class state { queued, running, succeeded, failed, cancelled };
std::string_view to_string(state s);
std::optional<state> parse_state(std::string_view text);

struct job {
    uuid id = new_id();
    std::string type;  // "golden-copy", "train", "backup", …
    jobs::state state = state::queued;
    int progress = 0;  // 0 to 100
    std::string stage, error;
    std::string requested_by;  // e-mail, "cli:<os user>" or "schedule"
    std::string result;        // JSON text; empty: none
    uuid owner;                // id of the process that runs it
    instant created_at = now();
    std::optional<instant> started_at, finished_at, heartbeat;
};

class store {
  public:
    virtual ~store() = default;
    virtual awaitable<result<void>> add(job made, deadline limit) = 0;  // conflict: one of its type is open
    virtual awaitable<result<void>> save(
        job changed, deadline limit) = 0;  // state, progress, stage, error, result, times, heartbeat = now
    virtual awaitable<result<job>> get(uuid id, deadline limit) = 0;  // not_found
    virtual awaitable<result<page<job>>> list(std::string type, page_request which,
                                              deadline limit) = 0;  // empty type: all
    // Marks running or queued jobs without a heartbeat for `older_than` as failed, with the reason; how many.
    virtual awaitable<result<std::size_t>> fail_orphans(std::chrono::seconds older_than, deadline limit) = 0;
    virtual awaitable<result<std::optional<job>>> running_of(std::string type, deadline limit) = 0;
};

// An advisory lock of the whole cluster, on a connection of its own. Destroying it releases it.
class lock {
  public:
    virtual ~lock() = default;
    virtual awaitable<result<void>> still_held(deadline limit) = 0;  // conflict: it was lost
};
class lock_store {
  public:
    virtual ~lock_store() = default;
    // conflict: another holds it. Names are hashed to the advisory key.
    virtual awaitable<result<std::unique_ptr<lock>>> try_lock(std::string name, deadline limit) = 0;
};

}  // namespace vanna::jobs
