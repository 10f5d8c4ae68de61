// A view of the operating system for SQLite that notices when a statement reads the clock ('now', date()
// without arguments, CURRENT_TIMESTAMP, also out of a parameter or a column): such results are not cached.
#pragma once

namespace vanna::sqlite {

// Registers it once; its name for sqlite3_open_v2.
char const* clock_vfs();
// Whether this thread's statements have read the clock since the last call.
bool clock_was_read();

}  // namespace vanna::sqlite
