// Which backup sets stay and which go, and by which rule: a pure function, which the pruning after a backup
// carries out and GET /backup/retention explains.
#pragma once
#include <set>
#include <vector>

#include "jobs/backup_set.hpp"

namespace vanna::jobs {

struct retention_rules {
    std::size_t keep = 7;          // BACKUP_RETENTION_COUNT, at least 1
    std::set<std::string> in_use;  // ids that a job works on or that the target database comes from
    instant at = now();            // a set that is dated later (a clock was wrong) fills no place
    static constexpr std::size_t keep_safety = 2;
};

struct retention_decision {
    backup_set set;
    bool keeps = true, in_use = false;
    std::string rule;  // for people
};

// One decision a set, newest first. Kept are: the newest `keep` backups that are not known to be damaged, the
// last verified one, the last two safety backups (which count apart), and what is in use. What is dated in
// the future stays and takes nobody's place.
std::vector<retention_decision> decide_retention(std::vector<backup_set> sets, retention_rules const& rules);

}  // namespace vanna::jobs
