// The target file of an archive on its way to the replicas: checked, then put among the restored targets in
// BACKUP_DIR, from which every replica makes its golden copy. Blocks: job pool only.
#pragma once
#include "jobs/archive/manifest.hpp"
#include "jobs/backup_folder.hpp"
#include "jobs/watch.hpp"

namespace vanna::jobs {

// invalid_input with type "archive-target": it is not the version that the manifest names, or no sound
// database.
result<void> check_target(std::filesystem::path const& file, archive::manifest const& what,
                          watch const& until);

// Moves it there, durably, readable by all and writable by none.
result<void> put_target(std::filesystem::path const& file, backup_folder const& folder,
                        std::string const& version);
result<void> remove_target(backup_folder const& folder, std::string const& version);

}  // namespace vanna::jobs
