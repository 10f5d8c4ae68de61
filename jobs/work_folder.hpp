// A folder of one job's temporary files in BACKUP_DIR: gone with the object; what a killed process left is
// swept by the next job, on whatever replica, since its lock fell with it. Blocks: job pool only.
#pragma once
#include <filesystem>

#include "core/async/work_pool.hpp"
#include "core/ids.hpp"
#include "db/sqlite/file_hash.hpp"

namespace vanna::jobs {

class work_folder {
  public:
    // unavailable: with the system's words.
    static result<work_folder> create(std::filesystem::path const& parent, uuid job);
    work_folder(work_folder&& other) noexcept;
    work_folder& operator=(work_folder&&) = delete;
    ~work_folder();

    std::filesystem::path const& path() const { return path_; }

  private:
    work_folder(std::filesystem::path path, descriptor lock);
    std::filesystem::path path_;
    descriptor lock_;
};

// Removes it on the pool, since it may be large.
awaitable<void> discard(work_folder folder, work_pool& pool);

// Removes the folders whose owners are gone; how many.
std::size_t sweep_work_folders(std::filesystem::path const& parent);

}  // namespace vanna::jobs
