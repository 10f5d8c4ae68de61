// SHA-256 of files and what identifies a file to a quick look. Blocks: job pool only.
#pragma once
#include <string>

#include "core/descriptor.hpp"
#include "db/sqlite/golden_decision.hpp"
#include "db/sqlite/interruption.hpp"

namespace vanna::sqlite {

// What changes when a file does, as far as stat tells.
struct file_stamp {
    std::uint64_t size = 0, inode = 0;
    std::int64_t modified_ns = 0;
    bool operator==(file_stamp const&) const = default;
};

std::optional<file_stamp> stamp_of(std::string const& path);
file_stamp stamp_of(int fd);

// Reads `from` to its end, handing each block on to `to` if that is a descriptor. unavailable (with the
// system's words in the detail), deadline_exceeded, cancelled.
result<file_content> hash_file(int from, int to, std::string const& path, interruption& watch);

error system_error(std::string what, std::string const& path);

}  // namespace vanna::sqlite
