// Which locks of the whole cluster a job holds while it runs, by its type. "jobs" is for those that change
// the target's copy, the vectors or the archives, one at a time; "restore" keeps a restore and those that may
// run beside any other job apart.
#pragma once
#include <string_view>
#include <vector>

#include "core/jobs/lock.hpp"

namespace vanna::jobs {

struct needed_lock {
    std::string_view name;
    lock_mode mode;
};

// In the order in which they are taken. A type that is not known here runs alone.
std::vector<needed_lock> locks_of(std::string_view type);

}  // namespace vanna::jobs
