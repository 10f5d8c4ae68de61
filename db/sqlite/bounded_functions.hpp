// SQLite's functions whose cost is the product of two lengths (like, glob, instr, replace, trim), replaced by
// ones with the same results that stop when told: a call is one step to the progress handler, and a statement
// of many calls but no jump is one as well, so neither could be cancelled nor meet its deadline.
#pragma once
#include <sqlite3.h>

#include "db/sqlite/interruption.hpp"

namespace vanna::sqlite {

// `watch` outlives the connection. A call that it stops fails as SQLITE_INTERRUPT.
void add_bounded_functions(sqlite3* db, interruption& watch);

}  // namespace vanna::sqlite
