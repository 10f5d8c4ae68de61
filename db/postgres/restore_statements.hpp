// The SQL of a restore's transaction, written from the one list of the System DB's tables.
#pragma once
#include "db/postgres/system_tables.hpp"

namespace vanna::postgres {

// Takes every table whose rows are replaced against writers, those that others lock first.
std::string lock_replaced_tables();
// Empties them, those that refer to others first, and remembers the epochs of the users in live_epochs.
std::string empty_tables();

// Where the rows of a table land: the table itself, or a temporary one that take_in() then reads.
bool lands_directly(system_table const& table);
std::string make_landing(system_table const& table);
// COPY of the known columns, as text; a row beyond the largest that the engine itself writes is refused by
// the server.
std::string read_rows(system_table const& table);
std::string write_rows(system_table const& table);
std::string take_in(system_table const& table);

}  // namespace vanna::postgres
