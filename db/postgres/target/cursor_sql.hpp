// The text of the cursor that a statement is read through.
#pragma once
#include <string>
#include <vector>

namespace vanna::pg_target {

inline constexpr std::size_t most_row_bytes = 32u << 20;  // of the values of one row, as texts

struct cursor_text {
    std::string sql;
    std::size_t before = 0;   // characters that stand before the client's own
    bool is_weighed = false;  // a first column tells of each row whether it was too large
};

// DECLARE … FOR the statement. Where columns may be large, the server weighs each row before it sends it, and
// leaves the large columns of one of more than most_row_bytes out: libpq would take any row into memory
// whole.
cursor_text declare_cursor(std::string const& statement, std::vector<unsigned> const& types);

}  // namespace vanna::pg_target
