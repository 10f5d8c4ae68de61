#include <algorithm>
#include <set>

#include "core/ask/model/prompt.hpp"
#include "core/sql/lexer.hpp"

namespace vanna::ask::model {
namespace {

using word_set = std::set<std::string, std::less<>>;

// What SQLite and PostgreSQL say of statements, beside names, types and the statement's own words.
word_set const engine_words = {
    "a",         "aggregate",  "aggregates", "alias",      "all",       "allowed",    "ambiguous",
    "an",        "and",        "any",        "appear",     "are",       "argument",   "arguments",
    "array",     "as",         "at",         "back",       "be",        "best",       "bigint",
    "bit",       "blob",       "boolean",    "both",       "by",        "bytes",      "call",
    "cannot",    "cast",       "casts",      "character",  "clause",    "column",     "columns",
    "compound",  "context",    "could",      "candidate",  "chosen",    "date",       "datetime",
    "decimal",   "defined",    "deep",       "depth",      "different", "distinct",   "division",
    "does",      "double",     "each",       "end",        "entry",     "error",      "escape",
    "exceeds",   "exist",      "exists",     "expected",   "explicit",  "expression", "expressions",
    "field",     "for",        "format",     "found",      "from",      "full",       "function",
    "functions", "given",      "group",      "has",        "have",      "having",     "hint",
    "in",        "incomplete", "index",      "input",      "integer",   "interval",   "into",
    "invalid",   "is",         "it",         "join",       "json",      "left",       "length",
    "level",     "like",       "limit",      "list",       "malformed", "many",       "match",
    "matches",   "maximum",    "misuse",     "mismatch",   "missing",   "more",       "most",
    "must",      "name",       "named",      "near",       "nested",    "no",         "not",
    "null",      "number",     "numeric",    "of",         "on",        "one",        "only",
    "operator",  "or",         "order",      "out",        "overflow",  "parameter",  "parameters",
    "pattern",   "perhaps",    "position",   "precision",  "range",     "real",       "recursive",
    "reference", "references", "regular",    "relation",   "returned",  "right",      "row",
    "rows",      "same",       "schema",     "select",     "set",       "should",     "sort",
    "statement", "string",     "subquery",   "such",       "syntax",    "table",      "tables",
    "term",      "terms",      "text",       "than",       "that",      "the",        "there",
    "this",      "time",       "timestamp",  "to",         "token",     "too",        "type",
    "types",     "undefined",  "union",      "unexpected", "unique",    "unknown",    "unrecognized",
    "use",       "used",       "using",      "value",      "values",    "view",       "was",
    "where",     "window",     "with",       "without",    "wrong",     "you",        "zero",
    "zone",      "add",        "parse",      "returns",    "specified", "supported",  "usage",
    "item",      "items",      "multiple",   "required"};

bool is_word(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           static_cast<unsigned char>(c) >= 0x80;
}

// Calls `each` with every word of `text` and, as "", with what stands between two.
template <class F>
void split(std::string_view text, F each) {
    for (std::size_t at = 0; at < text.size();) {
        auto end = at;
        bool const word = is_word(text[at]);
        while (end < text.size() && is_word(text[end]) == word)
            ++end;
        each(text.substr(at, end - at), word);
        at = end;
    }
}

void add_words(word_set& to, std::string_view text) {
    split(text, [&](std::string_view part, bool word) {
        if (word) to.insert(sql::lower_ascii(part));
    });
}

word_set known_words(std::string_view sql, sql::schema const& schema) {
    word_set out = engine_words;
    add_words(out, sql);
    for (auto const& t : schema.tables) {
        add_words(out, t.name);
        for (auto const& c : t.columns) {
            add_words(out, c.name);
            add_words(out, c.type);
        }
    }
    return out;
}

}  // namespace

std::string without_row_data(std::string_view message, std::string_view sql, sql::schema const& schema) {
    constexpr std::string_view hidden = "…";
    auto const known = known_words(sql, schema);
    std::string out;
    split(message, [&](std::string_view part, bool word) {
        if (!word || known.contains(sql::lower_ascii(part)))
            out += part;
        else
            out += hidden;
    });
    return out;
}

}  // namespace vanna::ask::model
