// What retention would do to the sets that lie in BACKUP_DIR now.
#pragma once
#include "jobs/backup_parts.hpp"
#include "jobs/retention.hpp"

namespace vanna::jobs {

// What retention would do now, and why.
awaitable<result<std::vector<retention_decision>>> plan_retention(backup_parts& with, std::size_t keep,
                                                                  deadline limit);

}  // namespace vanna::jobs
