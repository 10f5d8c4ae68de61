// Brings the System DB to this program's schema: makes the database if it is missing, applies what is not yet
// applied, under an advisory lock (a second one waits and then finds nothing to do). Applied migrations are
// known by their SHA-256: a changed one is an error that names it. Called by init, `serve` only inspects.
#pragma once
#include "db/postgres/session.hpp"

namespace vanna::postgres {

struct migration_status {
    bool database_exists = false;
    std::vector<std::string> applied;  // names, in order
    std::vector<std::string> pending;  // in the program, not in the database
    std::vector<std::string> unknown;  // in the database, not in the program: a newer release was here
    int partitions_made = 0;           // of queries and audit_logs; by migrate() alone
};

// Of this program, in order.
std::vector<std::string> known_migrations();

// What is there; changes nothing. conflict with type "migration-changed", "older-system" or "foreign-tables":
// the message says what to do, exit code 78.
awaitable<result<migration_status>> inspect_migrations(address where, deadline limit);

// Makes the database if it is missing and the role may.
awaitable<result<void>> make_database(address where, deadline limit);

// Applies what is pending; `applied` then holds the new names only. Same conflicts.
awaitable<result<migration_status>> migrate(address where, deadline limit);

// Compares tables, columns and types with what the statements expect. conflict with type "schema-mismatch"
// lists every difference. Columns and tables beyond the expected are allowed.
awaitable<result<void>> validate_schema(address where, deadline limit);

}  // namespace vanna::postgres
