// Where a statement's texts, comments and double-quoted names are, as each engine reads it: what is a text to
// one may be part of a name or of a comment to the other.
#pragma once
#include <cstddef>
#include <string_view>
#include <vector>

namespace vanna::ask {

enum class sql_reading { sqlite, postgresql };

struct sql_span {
    // text: '…' alone; coded_text: with a prefix or between dollars; name: "…".
    enum class kind { text, coded_text, comment, name } what;
    std::size_t begin = 0, end = 0;  // bytes of the statement, quotes included

    bool operator==(sql_span const&) const = default;
};

// In order of appearance, none over another; what has no end ends with the statement.
std::vector<sql_span> sql_spans(std::string_view sql, sql_reading as);

}  // namespace vanna::ask
