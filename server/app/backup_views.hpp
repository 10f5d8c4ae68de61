// Backup sets and what was done with them, as the API and the command line show them; and what metrics tell.
#pragma once
#include <boost/json.hpp>

#include "jobs/backup.hpp"

namespace vanna::app {

boost::json::object view(jobs::backup_set const& set);
boost::json::object view(jobs::backup_report const& done);

// What the last looks at BACKUP_DIR saw.
struct backup_facts {
    std::size_t sets = 0;
    std::optional<instant> backed_up_at, verified_at, drilled_at;  // of the newest that was
    std::uint64_t size = 0;                                        // of the newest
};
// Times stay known though their set was pruned or the folder is not mounted: they shall age, not vanish.
backup_facts facts_of(std::vector<jobs::backup_set> const& sets, backup_facts known);

}  // namespace vanna::app
