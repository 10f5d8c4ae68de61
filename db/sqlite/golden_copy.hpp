// The golden copy of one replica: makes its file what the row `target_state` names, and says how it is. The
// server applies it at start and on notification (follow), init and golden-copy reset move the row through
// it. The blocking parts run on the job pool; several calls at once take turns. Whoever opens the target
// calls file_target::use() with the version that apply() returns.
#pragma once
#include <mutex>

#include "core/async/work_pool.hpp"
#include "core/sql/target.hpp"
#include "db/sqlite/golden_file.hpp"

namespace vanna::sqlite {

struct golden_status {
    std::string state = "unknown";  // "unknown", "ready", "copying", "unavailable"
    std::string version;            // of the file in place; empty: none that is right
    std::string origin;             // "source" or "backup:<id>"
    std::uint64_t size = 0;
    std::string problem;                           // why it is unavailable; public
    std::optional<instant> checked_at, copied_at;  // copied_at: by this process or one before it
    std::chrono::milliseconds check_took{0};
    std::optional<std::chrono::milliseconds> copy_took;  // nothing: it was not recorded
};

struct golden_outcome {
    replica::target_state row;  // as it now stands, and as the file is
    bool row_moved = false;
    bool copied = false;  // the file in place is a new one: readers must reopen
    std::string note;
    std::optional<hashed_file> verified;  // the file in place as it was found right, or made
};

struct golden_request {
    golden_cause cause = golden_cause::follow;
    replica::target_state row;
    // Hash the copy in full even if its size, time and inode are as recorded (in the background after a
    // start, and by verify jobs). A copy that turns out damaged is then replaced: `copied` tells.
    bool in_full = false;
    deadline until;
    std::shared_ptr<sql::stop_flag> stop;
    // Asked when the new copy is ready, right before the row moves and the file takes its place; an error (a
    // lost lock) leaves both as they were.
    std::function<awaitable<result<void>>()> may_publish = {};
    bool look_only = false;  // of plan(): leave no trace, not even the record of what was hashed
};

class golden_copy {
  public:
    // `jobs` outlives the object.
    golden_copy(work_pool& jobs, golden_paths paths) : jobs_(jobs), file_(std::move(paths)) {}
    golden_copy(golden_copy const&) = delete;

    // unavailable: nothing here matches the row (the message names the hashes), the source is missing,
    // refused or damaged, the disk is full; the file in place stays as it is. conflict: the row or the source
    // changed meanwhile. deadline_exceeded, cancelled, overloaded. `rows` may be null to follow.
    awaitable<result<golden_outcome>> apply(golden_request what, replica::store* rows);
    // What apply() would do, or why it could not.
    awaitable<result<golden_decision>> plan(golden_request what);
    // What source and copy are now, read in full; writes nothing.
    awaitable<result<golden_finds>> inspect(deadline until);

    golden_status status() const;  // any thread

  private:
    struct finding {
        golden_decision decided;
        std::optional<hashed_file> verified;
    };
    awaitable<result<finding>> look_and_decide(golden_request what);
    awaitable<result<golden_outcome>> carry_out(golden_request what, finding found, replica::store* rows);
    void note(golden_outcome const& done, std::chrono::steady_clock::time_point begun);
    void note(error const& failure, bool file_is_as_before);

    work_pool& jobs_;
    golden_file const file_;
    mutable std::mutex mutex_;
    golden_status status_;
};

}  // namespace vanna::sqlite
