// A SQLite file as the query service's target: every statement passes the guard and runs on the sqlite pool,
// prepare to last row in one hop for interactive results. One object, shared by all workers. Which version of
// the file is current is told to it (by the golden copy); it never watches the file itself.
#pragma once
#include "core/async/work_pool.hpp"
#include "core/sql/target.hpp"
#include "db/sqlite/file_hash.hpp"
#include "db/sqlite/options.hpp"

namespace vanna::sqlite {

struct target_options {
    std::string path;
    std::size_t max_cursors = 16;  // results that may be open between slices, each with a connection
    guard_options guard;
};

class file_target : public sql::target {
  public:
    // The file at the path is `version` from now on: opens it; statements in flight finish on the old one.
    // unavailable when it cannot be read; the former version then stays.
    virtual awaitable<result<void>> use(std::string version) = 0;
    // Reads the schema of the current version and shows it through schema(). Counts of rows and sample values
    // stop at `limit`; the rest is complete.
    virtual awaitable<result<void>> load_schema(deadline limit) = 0;
    // Statements answer unavailable with this text until the next use().
    virtual void close(std::string problem) = 0;
    virtual std::size_t open_cursors() const = 0;
    // Whether statements read the very file that had this stamp, unchanged since. Any thread.
    virtual bool reads(file_stamp const& verified) const = 0;
};

// `pool` outlives the target. Not ready until use().
std::shared_ptr<file_target> create_target(work_pool& pool, target_options options);

}  // namespace vanna::sqlite
