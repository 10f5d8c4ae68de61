// The text of the cursor that a statement is read through.
#pragma once
#include <cstdint>
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

struct fetched {
    std::uint64_t rows = 0, bytes = 0;  // so far
    std::uint64_t left = 0;             // that the caller still takes
    bool may_be_large = false;          // each row, up to most_row_bytes
};
// How many rows the next FETCH asks for: the server keeps them all before it sends the first.
std::uint64_t rows_to_fetch(fetched const& so_far);

}  // namespace vanna::pg_target
