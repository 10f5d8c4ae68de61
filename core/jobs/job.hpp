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
    std::string requested_by;   // e-mail, "cli:<os user>" or "schedule"
    std::string subject;        // what it is about (the id of a backup); empty: nothing in particular
    std::string result;         // JSON text; empty: none
    std::int64_t revision = 0;  // grows with each change that a reader of the row can see
    uuid owner;                 // id of the process that runs it
    instant created_at = now();
    std::optional<instant> started_at, finished_at, heartbeat;
};

struct job_filter {
    std::string type;  // empty: all
    std::optional<jobs::state> state;
};

class store {
  public:
    // What save() found in the row.
    struct saved {
        std::int64_t revision = 0;
        bool cancel_requested = false;
    };

    virtual ~store() = default;
    virtual awaitable<result<void>> add(job made, deadline limit) = 0;  // conflict: one of its type is open
    // state, progress, stage, error, result, times, and heartbeat = now. not_found: there is no such row.
    // conflict: another process has marked it as ended, and `changed` is not an end itself.
    virtual awaitable<result<saved>> save(job changed, deadline limit) = 0;
    virtual awaitable<result<job>> get(uuid id, deadline limit) = 0;  // not_found
    virtual awaitable<result<page<job>>> list(job_filter which, page_request part, deadline limit) = 0;
    // Asks whoever runs it to end it; save() tells them. not_found; conflict: it has ended already.
    virtual awaitable<result<void>> request_cancel(uuid id, deadline limit) = 0;
    // Marks running or queued jobs without a heartbeat for `older_than` as failed, with the reason; how many.
    virtual awaitable<result<std::size_t>> fail_orphans(std::chrono::seconds older_than, deadline limit) = 0;
    virtual awaitable<result<std::optional<job>>> running_of(std::string type, deadline limit) = 0;
    // True for one caller in the whole cluster: nobody has claimed this or a later due time of `schedule`.
    virtual awaitable<result<bool>> claim(std::string schedule, instant due, deadline limit) = 0;
};

}  // namespace vanna::jobs
