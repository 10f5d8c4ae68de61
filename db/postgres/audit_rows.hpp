// An audit entry as a row for json_to_recordset(), and the statement that adds such rows: for what goes into
// the trail within somebody else's transaction or statement.
#pragma once
#include "core/audit/entry.hpp"
#include "db/postgres/json_rows.hpp"
#include "db/postgres/statement.hpp"

namespace vanna::postgres {

void add_row(json_rows& list, audit::entry const& e);
// $1: the rows as JSON text.
extern statement const add_audit_entries;

}  // namespace vanna::postgres
