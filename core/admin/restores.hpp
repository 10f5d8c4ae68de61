// Restores as the admin routes see them. server/app implements it.
#pragma once
#include "core/async/awaitable.hpp"
#include "core/jobs/job.hpp"

namespace vanna::admin {

class restores {
  public:
    virtual ~restores() = default;
    // Any thread. not_found: no such set. conflict: one is under way (with Location), or this replica does
    // not see the folder of backups. forbidden, invalid_input: what is wrong with the archive ("archive-…").
    virtual awaitable<result<jobs::job>> restore(std::string id, std::string requested_by,
                                                 deadline limit) = 0;
};

}  // namespace vanna::admin
