// Whether a backup could be taken by this process: asked before a scheduled one is claimed, so that a replica
// that could not take it leaves it to one that can.
#pragma once
#include "jobs/backup_parts.hpp"

namespace vanna::jobs {

// conflict with type "backup-folder": this replica sees another BACKUP_DIR than the System DB remembers, with
// the way out. Makes and records the marker when neither is there yet.
awaitable<result<void>> check_folder(backup_parts& with, bool adopt, deadline limit);

// The errors of check_folder and pg_dump_version.
awaitable<result<void>> can_back_up(backup_parts& with, deadline limit);

}  // namespace vanna::jobs
