// Where PostgreSQL's SQL is another than SQLite's, for the statements that the built-in generator says: these
// are composed with SQLite's functions, and written with those of the target.
#pragma once
#include "core/ask/builtin/statement.hpp"

namespace vanna::ask::builtin {

// "postgresql" or anything else, which is SQLite.
dialect dialect_of(std::string_view engine);

// The call or comparison as PostgreSQL has it; nothing where both say it alike.
std::optional<expression> in_postgresql(expression const& said);

}  // namespace vanna::ask::builtin
