#include "db/postgres/target/cursor_sql.hpp"

#include "db/postgres/target/cells.hpp"

namespace vanna::pg_target {
namespace {

constexpr std::string_view declare = "declare vanna no scroll cursor without hold for ";
constexpr std::string_view row_of = " bytes in one row";

// Names of columns may come twice: here they get numbers.
std::string numbered(std::size_t i) {
    return "c" + std::to_string(i + 1);
}

// The bytes of the columns that may be large; empty: there is none.
std::string weight(std::vector<unsigned> const& types) {
    std::string out;
    for (std::size_t i = 0; i < types.size(); ++i) {
        if (is_short(types[i])) continue;
        out += out.empty() ? "0::bigint" : "";
        out += " + coalesce(pg_catalog.octet_length(";
        out += has_quick_length(types[i]) ? numbered(i) : numbered(i) + "::pg_catalog.text";
        out += "), 0)";
    }
    return out;
}

}  // namespace

cursor_text declare_cursor(std::string const& statement, std::vector<unsigned> const& types) {
    auto const bytes = weight(types);
    if (bytes.empty()) return {std::string(declare) + statement, declare.size()};
    std::string names;
    for (std::size_t i = 0; i < types.size(); ++i)
        names += (i == 0 ? "" : ", ") + numbered(i);
    // OFFSET 0 keeps the condition out of the statement itself.
    std::string before = std::string(declare) + "select * from (select * from (";
    auto const after = "\n) as vanna_all(" + names + ") offset 0) as vanna_rows where case when " + bytes +
                       " <= " + std::to_string(most_row_bytes) + " then true else ((" + bytes +
                       ")::pg_catalog.text || '" + std::string(row_of) + "')::pg_catalog.bool end";
    return {before + statement + after, before.size()};
}

bool is_row_too_large(std::string const& message) {
    return message.ends_with(std::string(row_of) + "\"");
}

}  // namespace vanna::pg_target
