// Who moves the row `target_state` and who follows it, as a function without side effects: from the row, the
// source, the file of a restored backup and this replica's copy to the one thing to do (SPEC section 7).
// db/sqlite/golden_copy does it.
#pragma once
#include <optional>
#include <string>

#include "core/error.hpp"
#include "core/replica/state.hpp"

namespace vanna::sqlite {

struct file_content {
    std::string version;  // SHA-256, 64 lower-case hexadecimal digits
    std::uint64_t size = 0;
    bool operator==(file_content const&) const = default;
};

// One of the files as found: there and sound, or why not.
struct found_file {
    std::optional<file_content> content;
    std::string problem;  // when there is no content; public
};

enum class golden_cause {
    init,   // moves the row if it is unset, or if it came from a source that has changed
    reset,  // moves the row to the source, whatever it was
    follow  // every replica, at start and on notification: never moves it
};

enum class golden_action {
    keep,              // the copy is what the row names
    copy,              // make the copy from the source
    copy_restored,     // make it from the file that a restore left with the backups
    move_row_and_copy  // the same, once the row has been moved to `row`
};

struct golden_finds {
    found_file source, copy;
    found_file restored;  // of the row's version; its hash is its name and is checked when it is copied
};

struct golden_decision {
    golden_action action = golden_action::keep;
    replica::target_state row;  // what the copy will match
    std::string note;           // worth telling the operator; empty: nothing
};

// unavailable: nothing can be done here, the message says why and names both hashes.
result<golden_decision> decide(golden_cause cause, replica::target_state const& row,
                               golden_finds const& found);

// Whether a restore has set the row: "backup:<id>".
inline bool comes_from_backup(replica::target_state const& row) {
    return row.origin.starts_with("backup:");
}

}  // namespace vanna::sqlite
