// Which pg_dump there is: backups run it, and it refuses a server newer than itself.
#pragma once
#include <string>
#include <string_view>

#include "core/error.hpp"

namespace vanna::jobs {

// The major version in what `pg_dump --version` prints; 0 when there is none.
int major_version_of(std::string_view printed);

// Runs the pg_dump of PATH once. not_found: there is none; unavailable: it cannot be run or prints no
// version. Blocks: job pool only.
result<int> pg_dump_version();

}  // namespace vanna::jobs
