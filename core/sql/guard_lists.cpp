#include <algorithm>
#include <array>

#include "core/sql/guard.hpp"

namespace vanna::sql {
namespace {

template <std::size_t N>
constexpr std::array<std::string_view, N> sorted(std::string_view const (&names)[N]) {
    std::array<std::string_view, N> out{};
    std::copy(names, names + N, out.begin());
    std::sort(out.begin(), out.end());
    return out;
}

// Left out on purpose: load_extension, fts3_tokenizer (a crash by design), edit, readfile, writefile,
// sqlite_log, sqlite_compileoption_*, rtreecheck, optimize (writes), and json_patch, whose cost is the
// product of its arguments' sizes.
constexpr auto functions =
    sorted({// core
            "abs", "char", "coalesce", "concat", "concat_ws", "format", "glob", "hex", "if", "ifnull", "iif",
            "instr", "length", "like", "likelihood", "likely", "lower", "ltrim", "max", "min", "nullif",
            "octet_length", "printf", "quote", "random", "randomblob", "replace", "round", "rtrim", "sign",
            "soundex", "sqlite_version", "substr", "substring", "trim", "typeof", "unhex", "unicode",
            "unlikely", "upper", "zeroblob",
            // date and time
            "current_date", "current_time", "current_timestamp", "date", "datetime", "julianday", "strftime",
            "time", "timediff", "unixepoch",
            // aggregate and window
            "avg", "count", "cume_dist", "dense_rank", "first_value", "group_concat", "lag", "last_value",
            "lead", "median", "nth_value", "ntile", "percent_rank", "percentile", "rank", "row_number",
            "string_agg", "sum", "total",
            // mathematics
            "acos", "acosh", "asin", "asinh", "atan", "atan2", "atanh", "ceil", "ceiling", "cos", "cosh",
            "degrees", "exp", "floor", "ln", "log", "log10", "log2", "mod", "pi", "pow", "power", "radians",
            "sin", "sinh", "sqrt", "tan", "tanh", "trunc",
            // JSON
            "->", "->>", "json", "json_array", "json_array_length", "json_error_position", "json_extract",
            "json_group_array", "json_group_object", "json_insert", "json_object", "json_quote",
            "json_remove", "json_replace", "json_set", "json_type", "json_valid",
            // full-text search
            "bm25", "highlight", "match", "matchinfo", "offsets", "snippet"});

// Reads of the schema; all but the last line take an argument.
constexpr auto pragmas_with_argument = sorted({"foreign_key_list", "index_info", "index_list", "index_xinfo",
                                               "table_info", "table_list", "table_xinfo"});
constexpr auto pragmas =
    sorted({"application_id", "collation_list", "data_version", "encoding", "freelist_count", "page_count",
            "page_size", "schema_version", "table_list", "user_version"});

template <class Names>
bool holds(Names const& names, std::string_view name) {
    return std::binary_search(names.begin(), names.end(), name);
}

}  // namespace

bool is_allowed_function(std::string_view lower_name) {
    return holds(functions, lower_name);
}

bool is_allowed_pragma(std::string_view lower_name, bool has_argument) {
    return holds(pragmas_with_argument, lower_name) || (!has_argument && holds(pragmas, lower_name));
}

bool is_allowed_eponymous_table(std::string_view lower_name) {
    if (!lower_name.starts_with("pragma_")) return lower_name == "json_each" || lower_name == "json_tree";
    auto const pragma = lower_name.substr(7);
    return holds(pragmas_with_argument, pragma) || holds(pragmas, pragma);
}

std::vector<std::string> allowed_eponymous_tables() {
    std::vector<std::string> out{"json_each", "json_tree"};
    for (auto name : pragmas_with_argument)
        out.push_back("pragma_" + std::string(name));
    for (auto name : pragmas)
        out.push_back("pragma_" + std::string(name));
    return out;
}

}  // namespace vanna::sql
