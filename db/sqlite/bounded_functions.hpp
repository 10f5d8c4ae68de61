// SQLite's functions whose cost is the product of two lengths (like, glob, instr, replace, trim), replaced by
// ones with the same results and a bound: a single call is one step to the progress handler, so an unbounded
// one could neither be cancelled nor meet its deadline.
#pragma once
#include <sqlite3.h>

namespace vanna::sqlite {

void add_bounded_functions(sqlite3* db);

}  // namespace vanna::sqlite
