// The text of the cursor that a statement is read through.
#pragma once
#include <string>
#include <vector>

namespace vanna::pg_target {

inline constexpr std::size_t most_row_bytes = 32u << 20;  // of the values of one row, as texts

struct cursor_text {
    std::string sql;
    std::size_t before = 0;  // characters that stand before the client's own
};

// DECLARE … FOR the statement. Where columns may be large, the server weighs each row before it sends it, and
// ends at one of more than most_row_bytes: libpq would take any row into memory whole. The error it ends with
// is known by is_row_too_large().
cursor_text declare_cursor(std::string const& statement, std::vector<unsigned> const& types);

bool is_row_too_large(std::string const& message);

}  // namespace vanna::pg_target
