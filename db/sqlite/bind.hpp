// Parameters of a request onto a prepared statement.
#pragma once
#include <sqlite3.h>

#include "core/error.hpp"
#include "core/sql/value.hpp"

namespace vanna::sqlite {

// query_invalid naming the first parameter that is missing, surplus or of the other style. A statement uses
// either positional or named parameters. `from` must outlive the statement's run.
result<void> bind(sqlite3_stmt* statement, sql::statement const& from);

}  // namespace vanna::sqlite
