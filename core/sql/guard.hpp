// What a statement for a SQLite target may touch, decided in one place: the look at its text that comes
// before the engine sees it, and the lists that the engine's authorizer applies. Each rule has a name that
// clients see.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "core/error.hpp"

namespace vanna::sql {

// query_too_large, query_invalid (empty, NUL byte) or query_refused with rule and position: more than one
// statement, a verb that is not a read, a word that only writes use, a PRAGMA that is not listed.
result<void> check_text(std::string_view sql, std::size_t max_bytes);

// Lower-case names. A function that is not listed is refused, so a new engine brings nothing unexamined.
bool is_allowed_function(std::string_view lower_name);
bool is_allowed_pragma(std::string_view lower_name, bool has_argument);
// Table-valued functions and virtual tables that exist without being created ("json_each").
bool is_allowed_eponymous_table(std::string_view lower_name);
std::vector<std::string> allowed_eponymous_tables();

// A refusal: public message, rule, position in characters of the first mention of `mention` in `sql`.
error refusal(std::string rule, std::string message, std::string_view sql, std::string_view mention);

}  // namespace vanna::sql
