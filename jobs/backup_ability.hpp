// Whether a backup could be taken by this process: asked before a scheduled one is claimed, so that a replica
// that could not take it leaves it to one that can.
#pragma once
#include "jobs/backup.hpp"

namespace vanna::jobs {

// The errors of check_folder and pg_dump_version.
awaitable<result<void>> can_back_up(backup_parts& with, deadline limit);

}  // namespace vanna::jobs
