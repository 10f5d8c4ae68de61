// What PATH holds while a test runs: nothing but the scripts the test puts there, and links to real programs.
#pragma once
#include <cstdlib>
#include <filesystem>

#include "jobs/child_process.hpp"
#include "tests/support/temporary_folder.hpp"

namespace vanna::jobs {

// PATH is this text alone, while it lives.
struct only_path {
    std::string const before = std::getenv("PATH");
    explicit only_path(std::string const& path) { ::setenv("PATH", path.c_str(), 1); }
    ~only_path() { ::setenv("PATH", before.c_str(), 1); }
    only_path(only_path const&) = delete;
};

inline void put_program(std::string const& path, std::string const& text) {
    test::put_contents(path, text);
    std::filesystem::permissions(path, std::filesystem::perms::owner_all);
}

// Children of this process that were not reaped: running ones and zombies.
inline std::size_t children_left() {
    std::size_t n = 0;
    for (auto const& task : std::filesystem::directory_iterator("/proc/self/task")) {
        auto const pids = test::contents(task.path().string() + "/children");
        n += std::size_t(std::count(pids.begin(), pids.end(), ' '));
    }
    return n;
}

}  // namespace vanna::jobs
