// Backups as the admin routes see them: the sets in BACKUP_DIR and the jobs on them. server/app implements
// it.
#pragma once
#include <boost/json.hpp>

#include "core/async/awaitable.hpp"
#include "core/descriptor.hpp"
#include "core/jobs/job.hpp"

namespace vanna::admin {

// An archive opened for reading: stays whole though it be pruned meanwhile.
struct open_backup {
    std::shared_ptr<descriptor const> file;
    std::string name;  // of the file, as a download should be called
    std::string tag;   // changes when the bytes do
    std::uint64_t size = 0;
};

class backups {
  public:
    virtual ~backups() = default;
    // All: any thread. conflict with type "backup-folder": this replica does not see the folder of backups.
    virtual awaitable<result<jobs::job>> create(std::string requested_by, deadline limit) = 0;
    // not_found: no such set. `drill`: restore it into scratch stores as well.
    virtual awaitable<result<jobs::job>> verify(std::string id, bool drill, std::string requested_by,
                                                deadline limit) = 0;
    // Puts it in place of everything current. not_found; forbidden, invalid_input: what is wrong with the
    // archive ("archive-…"). Those of another machine take the command line's --trust.
    virtual awaitable<result<jobs::job>> restore(std::string id, std::string requested_by,
                                                 deadline limit) = 0;
    // Sets, newest first: {id, file, kind, encrypted, size, created_at, verified_at, drilled_at, problem}.
    virtual awaitable<result<boost::json::array>> list(deadline limit) = 0;
    // The same sets, each with {keep, rule}.
    virtual awaitable<result<boost::json::array>> retention(deadline limit) = 0;
    // {folder, marker, problem, last_backup, last_verified_at, last_drilled_at, schedule, retention_count,
    // encrypt}.
    virtual awaitable<result<boost::json::object>> status(deadline limit) = 0;
    virtual awaitable<result<open_backup>> open(std::string id, deadline limit) = 0;
    // `size` bytes from `offset`; fewer only at the end.
    virtual awaitable<result<std::string>> read(open_backup const& from, std::uint64_t offset,
                                                std::size_t size) = 0;
};

}  // namespace vanna::admin
