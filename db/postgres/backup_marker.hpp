// The id of the folder that holds the backups, as the System DB remembers it: every replica compares it with
// the marker it finds in BACKUP_DIR.
#pragma once
#include "db/postgres/pool.hpp"

namespace vanna::postgres {

// Nothing: no backup was made yet.
awaitable<result<std::optional<uuid>>> recorded_backup_marker(pool& on, deadline limit);
// Remembers `id` unless another is known already; what is known then. `instead`: even so.
awaitable<result<uuid>> record_backup_marker(pool& on, uuid id, bool instead, deadline limit);

}  // namespace vanna::postgres
