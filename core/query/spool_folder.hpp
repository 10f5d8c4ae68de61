// The folder of one process below SPOOL_DIR, locked as long as the process lives (flock on its file "lock"),
// and the folders that dead processes left there. Made once at start and shared by the workers; blocking,
// but for its accessors.
#pragma once
#include <string>
#include <vector>

#include "core/error.hpp"

namespace vanna::query {

class spool_folder {
  public:
    // A new folder of our own below `root`, which is made when missing. unavailable: says which path and why.
    static result<spool_folder> create(std::string const& root);
    // Locks what a process that no longer lives left; the folders of living ones are not touched.
    static std::vector<spool_folder> abandoned(std::string const& root);

    spool_folder(spool_folder&& other) noexcept;
    spool_folder& operator=(spool_folder&&) = delete;
    // Removes the folder if nothing is left in it, and unlocks it.
    ~spool_folder();

    std::string const& path() const { return path_; }
    // Complete paths of its segments, oldest first for each writer.
    std::vector<std::string> segments() const;
    // Where frames go that PostgreSQL refuses: a file beside the folders, made when needed.
    std::string rejected_path() const;

  private:
    spool_folder(std::string root, std::string path, int lock);
    static int try_lock(std::string const& path);

    std::string root_, path_;
    int lock_;
};

// The whole file, or why not.
result<std::string> read_file(std::string const& path);
// Appends to a file, making it and its folder; false: logged.
bool append_to_file(std::string const& path, std::string_view bytes);

}  // namespace vanna::query
