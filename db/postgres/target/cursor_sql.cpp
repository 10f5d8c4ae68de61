#include "db/postgres/target/cursor_sql.hpp"

#include <algorithm>

#include "db/postgres/target/cells.hpp"

namespace vanna::pg_target {
namespace {

constexpr std::uint64_t first_fetched = 100, most_fetched = 10'000, bytes_fetched = 1u << 20;
constexpr std::uint64_t growth = 4;  // where a row may be large: small ones before it say little
constexpr std::string_view declare = "declare vanna no scroll cursor without hold for ";

// Names of columns may come twice: here they get numbers.
std::string numbered(std::size_t i) {
    return "c" + std::to_string(i + 1);
}

// Whether a column counts in a row's weight. To weigh a number is to write it out, so a few go unweighed:
// those that together have no more bytes than a row may have.
std::vector<bool> weighed(std::vector<unsigned> const& types) {
    bool const are_few =
        std::size_t(std::ranges::count_if(types, is_numeric)) * most_digits <= most_row_bytes;
    std::vector<bool> out;
    for (auto const type : types)
        out.push_back(!is_short(type) && !(are_few && is_numeric(type)));
    return out;
}

// The bytes of the columns that may be large; empty: there is none.
std::string weight(std::vector<unsigned> const& types, std::vector<bool> const& counts) {
    std::string out;
    for (std::size_t i = 0; i < types.size(); ++i) {
        if (!counts[i]) continue;
        out += out.empty() ? "0::bigint" : "";
        out += " + coalesce(pg_catalog.octet_length(";
        // Not by a cast to text, which may be code of the database's own.
        out += has_quick_length(types[i]) ? numbered(i) : "pg_catalog.concat(" + numbered(i) + ")";
        out += "), 0)";
    }
    return out;
}

}  // namespace

cursor_text declare_cursor(std::string const& statement, std::vector<unsigned> const& types) {
    auto const counts = weighed(types);
    auto const bytes = weight(types, counts);
    if (bytes.empty()) return {std::string(declare) + statement, declare.size(), false};
    std::string names, columns = "vanna_weight.heavy";
    for (std::size_t i = 0; i < types.size(); ++i) {
        names += (i == 0 ? "" : ", ") + numbered(i);
        columns += counts[i] ? ", case when vanna_weight.heavy then null else " + numbered(i) + " end"
                             : ", " + numbered(i);
    }
    // OFFSET 0 keeps the statement as it is, and weighs each row once.
    auto const before = std::string(declare) + "select " + columns + " from (select * from (";
    auto const after = "\n) as vanna_all(" + names + ") offset 0) as vanna_rows cross join lateral (select " +
                       bytes + " > " + std::to_string(most_row_bytes) + " offset 0) as vanna_weight(heavy)";
    return {before + statement + after, before.size(), true};
}

std::uint64_t rows_to_fetch(fetched const& so_far) {
    auto most = std::min(most_fetched, so_far.left);
    if (so_far.may_be_large) most = std::min(most, so_far.rows * growth);
    if (so_far.rows == 0) return std::clamp<std::uint64_t>(most, 1, first_fetched);
    auto const fitting = bytes_fetched * so_far.rows / std::max<std::uint64_t>(so_far.bytes, 1);
    return std::max<std::uint64_t>(std::min(fitting, most), 1);
}

}  // namespace vanna::pg_target
