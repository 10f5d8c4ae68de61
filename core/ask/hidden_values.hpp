// What is left of a statement where no row's value may go: a remote model or embedder.
#pragma once
#include <string>
#include <string_view>

#include "core/sql/schema.hpp"

namespace vanna::ask {

// "…" for every text that the question does not hold byte for byte, wildcards at its ends aside, and for
// texts in codes of any kind (E'…', U&'…', $$…$$, x'…'); comments are left out. Formats and units of dates
// stay where a function of dates takes them, and so do numbers and the names of results. Where SQLite takes a
// "name" for a text unless it is one, so do names that neither the schema nor the statement itself gives to
// something. `schema` (may be null: then whatever any engine would take for a text is hidden) is of the
// target that the statement is for.
std::string without_unasked_values(std::string_view sql, std::string_view question,
                                   sql::schema const* schema);

}  // namespace vanna::ask
