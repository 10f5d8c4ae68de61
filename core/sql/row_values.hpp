// What a database says of a failed statement may quote what it read in a row.
#pragma once
#include <string>
#include <string_view>

#include "core/error.hpp"

namespace vanna::sql {

// A PostgreSQL message up to the first value that it quotes: what is kept of it where rows must not be kept.
std::string without_values(std::string_view message);

// Of a failed statement's message, what its record may hold: no values from rows, which outlive them there.
std::string message_to_keep(error const& failure, std::string_view engine);

}  // namespace vanna::sql
