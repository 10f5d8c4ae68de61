// An audit entry as a row for json_to_recordset(); the stores of audit_logs and queries share it.
#pragma once
#include "core/audit/entry.hpp"
#include "db/postgres/json_rows.hpp"

namespace vanna::postgres {

void add_row(json_rows& list, audit::entry const& e);

}  // namespace vanna::postgres
