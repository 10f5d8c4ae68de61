// The structure of a schema as JSON, and what changed from one to the next: what `schema_versions` records.
// Row counts and sample values are no structure.
#pragma once
#include <boost/json.hpp>

#include "core/sql/schema.hpp"

namespace vanna::sql {

// {"engine", "tables": [{"name", "view", "columns": [{"name", "type", "not_null", "primary_key"}],
// "foreign_keys"}]}
boost::json::value structure_of(schema const& s);

// {"added": [table], "removed": [table], "changed": [{"table", "added": [column], "removed": [column],
// "changed":
// [{"column", "was": {type, not_null, primary_key}, "is": {…}}], "foreign_keys": {"added", "removed"}}]},
// with "is": "table" or "view" where one became the other, and "was" and "is" of what has changed only. All
// three empty: no difference that has a name (the order of columns has none). `before` null: everything was
// added.
boost::json::value difference(boost::json::value const& before, boost::json::value const& after);

}  // namespace vanna::sql
