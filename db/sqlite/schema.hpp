// Reads the schema of any SQLite file: tables, views, columns, keys, indexes as they are, odd names included;
// shadow tables of full-text indexes and the like are left out. Blocks: pool threads only.
#pragma once
#include "core/sql/schema.hpp"
#include "db/sqlite/connection.hpp"

namespace vanna::sqlite {

// Structure only: fast, complete. unavailable when the file cannot be read. A view or virtual table that does
// not work stands there with its problem and without columns.
result<sql::schema> read_structure(connection& from, std::string version);

// Adds row counts, then distinct values of text columns (at most 200 of at most 100 bytes each; a column that
// has more or longer ones gets none), small tables first, until `limit`: what is not reached stays unknown.
void add_contents(connection& from, sql::schema& to, deadline limit);

}  // namespace vanna::sqlite
