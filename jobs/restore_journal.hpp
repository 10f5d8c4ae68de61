// What a restore has made that somebody must undo or finish should its process die: a small file in
// BACKUP_DIR, written before each thing is made, which outlives the process and is seen by every replica.
// Blocks: job pool only.
#pragma once
#include "jobs/backup_folder.hpp"

namespace vanna::jobs {

struct restore_journal {
    uuid job;    // its row, and the holder of the maintenance
    uuid entry;  // of the audit trail; there exactly when the restore was committed
    std::string backup_id;
    std::string stage;           // what it was doing, for people
    std::string scratch;         // name of its scratch database; empty: not made yet
    std::string collection;      // made for it, current for nobody before the commit; empty: none
    std::string target_version;  // of the file it put among the restored targets; empty: none
    bool operator==(restore_journal const&) const = default;
};

// Nothing: no restore is on its way or was left. unavailable: it cannot be read, or is no journal; the
// message names the file.
result<std::optional<restore_journal>> read_journal(backup_folder const& folder);
// Durable when it returns: a crash leaves the old one or the new one.
result<void> write_journal(backup_folder const& folder, restore_journal const& what);
result<void> remove_journal(backup_folder const& folder);

}  // namespace vanna::jobs
