// printf() and format() with a bound on the widths and precisions they are given: SQLite's own makes a
// billion steps for '%.1000000000c', in one call that cannot be interrupted, and then answers null.
#pragma once
#include <sqlite3.h>

#include "db/sqlite/interruption.hpp"

namespace vanna::sqlite {

void add_bounded_format(sqlite3* db, interruption& watch);

}  // namespace vanna::sqlite
