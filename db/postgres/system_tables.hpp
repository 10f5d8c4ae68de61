// The tables of the System DB: their columns, and what a backup and a restore do with their rows. The one
// list of them; a table comes after those that its foreign keys name.
#pragma once
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace vanna::postgres {

enum class at_restore {
    replaced,  // the archive's rows stand in for the live ones
    gains,     // rows whose id is absent come in, nothing leaves
    emptied,   // their rows are of sessions that end; not in archives
    kept       // the live rows stay
};

struct system_table {
    std::string_view name;
    at_restore rows;
    std::string_view columns;  // "name type" separated by ", ", types as format_type() writes them
    bool is_archived = true;   // false: dumps leave the rows out
};

std::span<system_table const> system_tables();
std::vector<std::string> column_names(system_table const& of);

}  // namespace vanna::postgres
