// The structure of a schema as JSON, and what changed from one to the next: what `schema_versions` records.
// Row counts and sample values are no structure.
#pragma once
#include <boost/json.hpp>

#include "core/sql/schema.hpp"

namespace vanna::sql {

// {"engine", "tables": [{"name", "view", "columns": [{"name", "type", "not_null", "primary_key"}],
// "foreign_keys"}]}
boost::json::value structure_of(schema const& s);

// {"added": [table], "removed": [table], "changed": [{"table", "added", "removed", "changed": [column]}]};
// all three empty: no difference. `before` null: everything was added.
boost::json::value difference(boost::json::value const& before, boost::json::value const& after);

}  // namespace vanna::sql
