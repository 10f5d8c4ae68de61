// Whether a file is a database that may be copied: complete, and sound in its structure. Blocks: job pool
// only.
#pragma once
#include <string>

#include "db/sqlite/interruption.hpp"

namespace vanna::sqlite {

// Why the source cannot be copied, and the way out; empty: it can. Looks at its name, header, -wal and
// -journal.
std::string source_problem(std::string const& path);

// PRAGMA quick_check on a file nobody writes. unavailable: damaged. Rows that break their table's own NOT
// NULL, CHECK or type rules are the owner's data, not damage.
result<void> quick_check(std::string const& path, interruption& watch);
// The same with PRAGMA integrity_check, which also compares every index with its table.
result<void> integrity_check(std::string const& path, interruption& watch);

}  // namespace vanna::sqlite
