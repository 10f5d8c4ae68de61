// Parameters of a statement, columns of a result, and the statement itself as the target ports take it.
#pragma once
#include <cstdint>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace vanna::sql {

// A parameter as JSON gave it: null, integer, real, text. (Booleans become 0 and 1.)
using value = std::variant<std::monostate, std::int64_t, double, std::string>;

struct statement {
    std::string text;
    std::vector<value> positional;                     // ?1, ?2 …
    std::vector<std::pair<std::string, value>> named;  // :name, @name, $name; given without the prefix
};

struct column {
    std::string name;
    std::string type;  // declared type, else the storage class of the first row ("INTEGER", "TEXT"), else ""
};

enum class row_format {
    json,    // [1,"a"],[2,null]            no brackets around the whole
    ndjson,  // {"id":1,"name":"a"}\n       duplicate column names get _2, _3
    csv,     // RFC 4180, CRLF; a header line in the first slice
};

struct limits {
    std::uint64_t max_rows = 1000;        // 0: no limit
    std::uint64_t max_bytes = 16u << 20;  // 0: no limit; of formatted rows
    bool neutralise_formulas = false;     // CSV: a leading = + - @ tab CR gets an apostrophe
};

}  // namespace vanna::sql
