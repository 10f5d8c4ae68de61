// A target's values in PostgreSQL's text form, written as the API's values (core/sql/writers.hpp says which):
// each column's type decides once how.
#pragma once
#include <string_view>

#include "core/sql/writers.hpp"

namespace vanna::pg_target {

enum class cell_kind { boolean, integer, real, decimal, bytes, moment, zoned_moment, text };

cell_kind kind_of(unsigned type);
// "integer" for 23; empty for a type whose name only the database knows.
std::string_view built_in_name(unsigned type);
// A text whose length the server tells without looking at its bytes.
bool has_quick_length(unsigned type);
// Of a few bytes, whatever its value.
bool is_short(unsigned type);
// A number of any length: nearly always a few bytes, at most most_digits.
bool is_numeric(unsigned type);
inline constexpr std::size_t most_digits = 147'457;  // with its sign and point

void write_cell(sql::row_writer& to, cell_kind kind, std::string_view text);

}  // namespace vanna::pg_target
