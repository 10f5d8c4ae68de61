// What a statement for a PostgreSQL target may be and call, judged on its parse tree, node by node, against
// lists of what is allowed: a read-only transaction does not stop pg_terminate_backend(), lo_create(),
// pg_advisory_lock(), set_config(), dblink() and their like. Each rule has a name that clients see.
#pragma once
#include <map>
#include <set>
#include <string>
#include <string_view>

#include "core/error.hpp"

namespace vanna::pg_target {

using name_set = std::set<std::string, std::less<>>;

// Names by which the target would run its users' own functions instead of, or beside, PostgreSQL's: it looks
// for the best match of the arguments in every schema of the search path.
struct own_names {
    name_set functions, operators;
    // Functions, PostgreSQL's too unless they are allowed or harmless, that x.name or (x).name would call
    // where x has no such column.
    name_set of_values;
    name_set types;  // a cast to which would run such a function, or tell of what the role cannot read
    // All tables, and those that have a column called as one of these functions or types, as all other tables
    // of their name have.
    name_set tables;
    std::map<std::string, name_set, std::less<>> tables_with;
};

// The protocol takes 65,535; the server makes room for all up to the highest $number.
inline constexpr std::size_t most_parameters = 1000;

struct checked_statement {
    std::string text;            // the one statement, without what follows its semicolon
    std::size_t offset = 0;      // where it began, in characters
    std::size_t parameters = 0;  // the highest $number in it
};

// query_too_large; worth knowing before anything else is done with the text.
result<void> check_size(std::string_view sql, std::size_t max_bytes);
// query_refused with rule and position, query_invalid, query_too_large.
result<checked_statement> check_statement(std::string_view sql, std::size_t max_bytes,
                                          own_names const& known);

// Lower-case names of pg_catalog. What is not listed is refused, so a newer server brings nothing unexamined.
bool is_allowed_function(std::string_view name);
bool is_allowed_node(std::string_view kind);
bool is_allowed_view(std::string_view name);  // of information_schema

}  // namespace vanna::pg_target
