// A generated SELECT taken apart into its clauses, to compare it with another one. It knows no more of SQL
// than that: what it does not expect has no clauses.
#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace vanna::ask {

// Names without the table before them, so that a join changes nothing.
struct clauses {
    std::string select, from, where, group;
    std::string tail;  // HAVING, ORDER BY, LIMIT
};

// Nothing: no plain SELECT … FROM ….
std::optional<clauses> clauses_of(std::string_view sql);

// Whether a WHERE is the other with conditions more, on columns that the other does not mention.
bool narrows(std::string_view earlier, std::string_view where);

// Whether a select list is one aggregate.
bool is_aggregate(std::string_view select);

}  // namespace vanna::ask
