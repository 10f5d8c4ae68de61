#include "core/ask/model/statement_text.hpp"

#include <algorithm>
#include <array>
#include <optional>

#include "core/sql/lexer.hpp"

namespace vanna::ask::model {
namespace {

using sql::token;
using sql::token_kind;
using std::string_view;

constexpr std::array verbs = {"select",   "with",    "values", "insert",  "update",   "delete",    "replace",
                              "drop",     "create",  "alter",  "attach",  "detach",   "pragma",    "vacuum",
                              "reindex",  "analyze", "begin",  "commit",  "rollback", "savepoint", "release",
                              "truncate", "copy",    "grant",  "revoke",  "set",      "call",      "do",
                              "explain",  "merge",   "lock",   "execute", "prepare"};
constexpr std::array languages = {"sql",  "sqlite", "sqlite3", "postgres",  "postgresql", "pgsql",
                                  "psql", "json",   "text",    "plaintext", "txt",        "mysql"};
// What a statement may go on with behind an empty line.
constexpr std::array joints = {"from",   "where", "group", "order",  "having", "limit", "union",  "intersect",
                               "except", "join",  "left",  "right",  "inner",  "cross", "full",   "select",
                               "on",     "and",   "or",    "window", "offset", "as",    "case",   "when",
                               "then",   "else",  "end",   "using",  "not",    "in",    "natural"};

constexpr std::size_t longest_head = 4096;  // bytes of a CTE's name and columns

bool among(auto const& words, string_view word) {
    return std::any_of(words.begin(), words.end(),
                       [&](char const* w) { return sql::equals_keyword(word, w); });
}

bool has_case(string_view word, char first, char last) {
    return std::none_of(word.begin(), word.end(), [&](char c) { return c >= first && c <= last; });
}
// As programs write keywords; "Select" begins a sentence.
bool is_keyword_style(string_view word) {
    return has_case(word, 'a', 'z') || has_case(word, 'A', 'Z');
}

string_view behind(string_view text, token const& t) {
    return text.substr(t.offset + t.text.size());
}

// "WITH name AS (", "WITH RECURSIVE …": prose has the word too.
bool is_cte(string_view rest) {
    sql::lexer words(rest.substr(0, longest_head));
    auto t = words.next();
    if (sql::equals_keyword(t.text, "recursive")) return true;
    if (t.kind != token_kind::word && t.kind != token_kind::quoted_name) return false;
    t = words.next();
    if (t.text == "(") {
        while (t.kind != token_kind::end && t.text != ")")
            t = words.next();
        t = words.next();
    }
    return t.kind == token_kind::word && sql::equals_keyword(t.text, "as");
}

bool is_start(string_view text, std::size_t at, string_view verb) {
    if (text.size() < at + verb.size() || !sql::equals_keyword(text.substr(at, verb.size()), verb))
        return false;
    auto const rest = text.substr(at + verb.size());
    auto const blank = rest.find_first_not_of(" \t\r\n*(");
    if (blank == 0 || blank == rest.npos) return false;
    return verb == "select" || is_cte(rest);
}

// The first place where a statement begins: at the start of a line, else in capitals within one.
std::optional<std::size_t> start_of(string_view text) {
    std::optional<std::size_t> amid;
    for (std::size_t at = 0; at < text.size(); ++at) {
        char const before = at == 0 ? '\n' : text[at - 1];
        if (string_view(" \t\r\n:>`\"(").find(before) == string_view::npos) continue;
        for (string_view verb : {"select", "with"}) {
            if (!is_start(text, at, verb) || !is_keyword_style(text.substr(at, verb.size()))) continue;
            auto const line = text.find_last_not_of(" \t>", at == 0 ? 0 : at - 1);
            if (at == 0 || line == text.npos || text[line] == '\n') return at;
            if (!amid && has_case(text.substr(at, verb.size()), 'a', 'z')) amid = at;
        }
    }
    return amid;
}

bool has_empty_line(string_view gap) {
    auto const first = gap.find('\n');
    if (first == gap.npos) return false;
    auto const next = gap.find_first_not_of(" \t\r", first + 1);
    return next != gap.npos && gap[next] == '\n';
}

bool goes_on(token const& before, token const& t) {
    bool const joined = before.kind == token_kind::other && before.text != ")" && before.text != "*";
    return joined || t.kind != token_kind::word || among(joints, t.text);
}

}  // namespace

bool is_verb(string_view word) {
    return among(verbs, word);
}

bool is_language(string_view word) {
    return among(languages, word);
}

bool begins_statement(string_view text) {
    auto const first = sql::lexer(text).next();
    return (first.kind == token_kind::word && is_verb(first.text)) || first.text == "(";
}

std::string without_end(string_view statement) {
    auto const last = statement.find_last_not_of(" \t\r\n;");
    auto const first = statement.find_first_not_of(" \t\r\n");
    if (last == statement.npos) return {};
    return std::string(statement.substr(first, last - first + 1));
}

std::string statement_amid_prose(string_view text) {
    auto const first = sql::lexer(text).next();
    if (first.kind == token_kind::word && is_verb(first.text) && has_case(first.text, 'a', 'z') &&
        !sql::equals_keyword(first.text, "with") && !sql::equals_keyword(first.text, "select"))
        return without_end(text);
    auto const start = start_of(text);
    if (!start) return {};
    text = text.substr(*start);
    sql::lexer words(text);
    std::size_t end = 0;
    token before;
    for (auto t = words.next(); t.kind != token_kind::end; t = words.next()) {
        if (end != 0 && !goes_on(before, t) && has_empty_line(text.substr(end, t.offset - end))) break;
        if (t.kind == token_kind::semicolon) {
            auto const next = sql::lexer(behind(text, t)).next();
            bool const another =
                next.kind == token_kind::word && is_verb(next.text) && is_keyword_style(next.text);
            if (another) end = text.size();
            break;
        }
        end = t.offset + t.text.size();
        before = t;
    }
    return without_end(text.substr(0, end));
}

}  // namespace vanna::ask::model
