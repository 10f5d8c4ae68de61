// Finds spool folders of processes that died, at start and every few seconds, and commits what they hold. One
// a process; several processes may look at the same SPOOL_DIR, the folder's lock decides.
#pragma once
#include "core/async/work_pool.hpp"
#include "core/query/committer.hpp"
#include "core/query/spool_folder.hpp"

namespace vanna::query {

class adoption {
  public:
    // `root` is SPOOL_DIR. `to` is of the worker that run() runs on. While `must_wait` says so all stays
    // where it is.
    adoption(std::string root, store& to, work_pool& files, std::function<bool()> must_wait = {})
        : root_(std::move(root)), store_(to), files_(files), must_wait_(std::move(must_wait)) {}

    // Until cancelled.
    awaitable<void> run();
    // One look at all folders. False: something was found that could not be committed yet.
    awaitable<bool> look();

    std::uint64_t committed() const { return committed_; }
    std::uint64_t rejected() const { return rejected_; }

  private:
    awaitable<bool> take_over(spool_folder folder);
    awaitable<bool> replay(committer& to, std::string bytes);

    std::string root_;
    store& store_;
    work_pool& files_;
    std::function<bool()> must_wait_;
    std::atomic<std::uint64_t> committed_{0}, rejected_{0};
};

}  // namespace vanna::query
