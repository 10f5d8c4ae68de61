// What the target's own catalog says: the tables that its role may read, and what the guard must know of the
// database. Blocks: pool threads only.
#pragma once
#include "core/sql/schema.hpp"
#include "db/postgres/target/database.hpp"

namespace vanna::pg_target {

// Schemas with something to read, as a search path.
result<std::string> read_search_path(link& on, watch const& until);
// With that search path set: names that would call the database's own functions.
result<own_names> read_own_names(link& on, watch const& until);
// Adds the types that tell names and numbers of any table, role and function, readable or not.
void refuse_look_ups(own_names& to);
// Structure only. Tables that the search path hides behind others of the same name, or whose name has a dot
// in it, are called schema.table. The version is the hash of the structure.
result<sql::schema> read_structure(link& on, watch const& until);

// Adds row counts (estimates of large tables) and distinct values of text columns, small tables first, until
// `until`: what is not reached stays as it is.
void add_contents(link& on, sql::schema& to, watch const& until);

// Row counts and values of the tables and columns that `to` has too.
void carry_over(sql::schema const& from, sql::schema& to);

std::string quote_name(std::string_view name);

// Of a table as read_structure() calls it: "name", or "schema"."name".
std::string quote_table(std::string_view name);

}  // namespace vanna::pg_target
