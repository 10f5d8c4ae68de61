#include <algorithm>

#include "core/ask/builtin/statement.hpp"
#include "core/ask/builtin/words.hpp"

namespace vanna::ask::builtin {
namespace {

// SQLite's keywords (sqlite.org/lang_keywords.html), and what PostgreSQL reserves beyond them, as names of
// columns or of functions and types.
constexpr std::string_view keywords =
    " abort action add after all alter always analyse analyze and any array as "
    "asc asymmetric "
    "attach autoincrement before begin between both by cascade case cast check "
    "collate column "
    "commit conflict constraint create cross current current_date current_time "
    "current_timestamp "
    "current_user database default deferrable deferred delete desc detach "
    "distinct do drop each "
    "else end escape except exclude exclusive exists explain fail false fetch "
    "filter first "
    "following for foreign from full generated glob grant group groups having "
    "if ignore "
    "immediate in index indexed initially inner insert instead intersect into "
    "is isnull join key "
    "last lateral leading left like limit localtime localtimestamp match "
    "materialized natural no "
    "not nothing notnull null nulls of offset on only or order others outer "
    "over partition "
    "placing plan pragma preceding primary query raise range recursive "
    "references regexp reindex "
    "release rename replace restrict returning right rollback row rows "
    "savepoint select "
    "session_user set similar some symmetric table temp temporary then ties to "
    "trailing "
    "transaction trigger true unbounded union unique update user using vacuum "
    "values variadic "
    "verbose view virtual when where window with without "
    "authorization binary collation concurrently current_catalog current_role current_schema freeze ilike "
    "overlaps system_user tablesample ";

bool plain_identifier(std::string_view name) {
    auto const letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; };
    auto const digit = [](char c) { return c >= '0' && c <= '9'; };
    if (name.empty() || !letter(name[0])) return false;
    if (!std::all_of(name.begin(), name.end(), [&](char c) { return letter(c) || digit(c); })) return false;
    auto const folded = " " + lower(name) + " ";
    return keywords.find(folded) == std::string_view::npos;
}

std::string quoted(std::string_view text, char mark) {
    std::string out(1, mark);
    for (char c : text) {
        if (c == '\0') break;
        if (c == mark) out += mark;
        out += c;
    }
    return out += mark;
}

}  // namespace

std::string quote_identifier(std::string_view name, dialect in) {
    bool const folds =
        in == dialect::postgresql && std::ranges::any_of(name, [](char c) { return c >= 'A' && c <= 'Z'; });
    return plain_identifier(name) && !folds ? std::string(name) : quoted(name, '"');
}
std::string quote_text(std::string_view text) {
    return quoted(text, '\'');
}

}  // namespace vanna::ask::builtin
