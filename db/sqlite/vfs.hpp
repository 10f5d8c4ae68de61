// SQLite's view of the operating system with two differences. It notices when a statement reads the clock
// ('now', date() without arguments, CURRENT_TIMESTAMP, also out of a parameter or a column): such results are
// not cached. And it opens an open descriptor again by its /proc name, so that a connection reads the very
// file it was meant to, also after that was replaced or removed.
#pragma once
#include <string>

namespace vanna::sqlite {

// Registers it once; its name for sqlite3_open_v2.
char const* vfs_name();
// A path to open `descriptor` again, as long as that is open.
std::string path_of_descriptor(int descriptor);
// Whether this thread's statements have read the clock since the last call.
bool clock_was_read();

}  // namespace vanna::sqlite
