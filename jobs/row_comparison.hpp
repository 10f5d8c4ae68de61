// Whether two statements answer the same: their rows compared as an evaluation needs it.
#pragma once
#include <string_view>

#include "core/error.hpp"

namespace vanna::jobs {

// Rows as the target formats them for JSON ("[1,\"a\"],[2,null]"). Numbers are equal by value, reals to ten
// digits; `ordered`: also in the same order. internal: no such rows.
result<bool> same_rows(std::string_view one, std::string_view other, bool ordered);

// Whether the statement as a whole fixes an order: ORDER BY outside of all parentheses.
bool fixes_order(std::string_view sql);

}  // namespace vanna::jobs
