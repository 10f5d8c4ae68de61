// SQLite's result codes as the engine's errors. Nothing above db/sqlite sees one.
#pragma once
#include <sqlite3.h>

#include <string_view>

#include "core/error.hpp"

namespace vanna::sqlite {

// What a failed prepare or step of `sql` means to the client: query_invalid with SQLite's message and
// position, query_too_large for a limit, query_refused for a write, unavailable when the file itself is
// broken. Interruptions are the caller's to explain.
error statement_error(sqlite3* db, int code, std::string_view sql);
// A failure that says the file cannot be used at all (damaged, gone, not a database).
bool is_file_failure(int code);
error file_error(sqlite3* db, int code, std::string_view path);

}  // namespace vanna::sqlite
