#include "core/sql/guard.hpp"

#include "core/sql/lexer.hpp"
#include "core/sql/utf8.hpp"

namespace vanna::sql {
namespace {

struct verb {
    std::string_view word, rule, message;
};

constexpr std::string_view read_only =
    "this database is read-only: only SELECT, VALUES, WITH … SELECT and EXPLAIN run";
constexpr std::string_view no_transactions =
    "transactions are not needed: every statement is a read of one fixed version";

// First words that SQLite knows and that do not read. A word unknown here is left to SQLite's parser.
constexpr verb refused_verbs[] = {
    {"insert", "read-only", read_only},
    {"replace", "read-only", read_only},
    {"update", "read-only", read_only},
    {"delete", "read-only", read_only},
    {"create", "read-only", read_only},
    {"drop", "read-only", read_only},
    {"alter", "read-only", read_only},
    {"analyze", "read-only", read_only},
    {"reindex", "read-only", read_only},
    {"vacuum", "vacuum", read_only},
    {"attach", "attach", "other database files cannot be attached"},
    {"detach", "attach", "databases cannot be detached"},
    {"begin", "transaction", no_transactions},
    {"commit", "transaction", no_transactions},
    {"end", "transaction", no_transactions},
    {"rollback", "transaction", no_transactions},
    {"savepoint", "transaction", no_transactions},
    {"release", "transaction", no_transactions},
};

// Reserved words that no read can hold unquoted, wherever they stand (WITH … DELETE, EXPLAIN INSERT).
constexpr std::string_view writing_words[] = {"insert", "update", "delete", "into",
                                              "create", "drop",   "alter"};

// Functions and tables that the authorizer refuses anyway; here they are refused by name alone.
constexpr verb refused_names[] = {
    {"load_extension", "function:load_extension", "extensions cannot be loaded"},
    {"fts3_tokenizer", "function:fts3_tokenizer", "the function fts3_tokenizer() is not allowed"},
    {"readfile", "function:readfile", "files cannot be read"},
    {"writefile", "function:writefile", "files cannot be written"},
    {"sqlite_stmt", "table:sqlite_stmt", "the table sqlite_stmt is not allowed"},
    {"dbstat", "table:dbstat", "the table dbstat is not allowed"},
    {"sqlite_dbpage", "table:sqlite_dbpage", "the table sqlite_dbpage is not allowed"},
    {"pragma_database_list", "table:pragma_database_list", "the table pragma_database_list is not allowed"},
};

error refused(std::string_view rule, std::string_view message, std::string_view sql, std::size_t offset) {
    error e{errc::query_refused, public_text{std::string(message)}};
    e.rule = rule;
    e.position = characters_before(sql, offset);
    return e;
}

error invalid(std::string message, std::size_t position) {
    error e{errc::query_invalid, public_text{std::move(message)}};
    e.position = position;
    return e;
}

// PRAGMA [schema.]name, PRAGMA [schema.]name(argument), PRAGMA [schema.]name = value
result<void> check_pragma(std::string_view sql, lexer words) {
    auto name = words.next();
    auto after = words.next();
    if (after.text == ".") {
        name = words.next();
        after = words.next();
    }
    bool const has_argument = after.kind == token_kind::other;
    bool const assigns = after.text == "=";
    auto const lower = lower_ascii(unquoted(name));
    if (assigns || !is_allowed_pragma(lower, has_argument))
        return refused("pragma",
                       "PRAGMA " + lower + (has_argument ? " with a value" : "") + " is not allowed", sql,
                       name.offset);
    return {};
}

result<void> check_verb(std::string_view sql, token const& first, lexer rest) {
    if (first.kind == token_kind::end)
        return error{errc::query_invalid, public_text{"the statement is empty"}};
    if (first.kind != token_kind::word) return {};
    for (auto const& v : refused_verbs)
        if (equals_keyword(first.text, v.word)) return refused(v.rule, v.message, sql, first.offset);
    if (equals_keyword(first.text, "pragma")) return check_pragma(sql, rest);
    return {};
}

// EXPLAIN and EXPLAIN QUERY PLAN are as good as what they explain.
token explained(lexer& words) {
    auto t = words.next();
    if (!equals_keyword(t.text, "query")) return t;
    words.next();
    return words.next();
}

result<void> check_word(std::string_view sql, token const& t) {
    if (t.kind == token_kind::word)
        for (auto word : writing_words)
            if (equals_keyword(t.text, word)) return refused("read-only", read_only, sql, t.offset);
    if (t.kind != token_kind::word && t.kind != token_kind::quoted_name) return {};
    auto const name = t.kind == token_kind::word ? t.text : t.text.substr(1, t.text.size() - 2);
    for (auto const& r : refused_names)
        if (equals_keyword(name, r.word)) return refused(r.rule, r.message, sql, t.offset);
    return {};
}

}  // namespace

result<void> check_text(std::string_view sql, std::size_t max_bytes) {
    if (sql.size() > max_bytes)
        return error{errc::query_too_large,
                     public_text{"the statement has " + std::to_string(sql.size()) + " bytes; at most " +
                                 std::to_string(max_bytes) + " are allowed"}};
    if (auto const nul = sql.find('\0'); nul != std::string_view::npos)
        return invalid("the statement holds a NUL byte", characters_before(sql, nul));
    lexer words(sql);
    auto first = words.next();
    while (first.kind == token_kind::semicolon)
        first = words.next();
    if (equals_keyword(first.text, "explain")) first = explained(words);
    if (auto verdict = check_verb(sql, first, words); !verdict) return verdict;
    bool ended = false;
    for (auto t = words.next(); t.kind != token_kind::end; t = words.next()) {
        if (t.kind == token_kind::semicolon)
            ended = true;
        else if (ended)
            return refused("single-statement", "only one statement is allowed; a second one starts here", sql,
                           t.offset);
        else if (auto verdict = check_word(sql, t); !verdict)
            return verdict;
    }
    return {};
}

error refusal(std::string rule, std::string message, std::string_view sql, std::string_view mention) {
    error e{errc::query_refused, public_text{std::move(message)}};
    e.rule = std::move(rule);
    lexer words(sql);
    for (auto t = words.next(); t.kind != token_kind::end; t = words.next())
        if (!mention.empty() && lower_ascii(unquoted(t)) == mention) {
            e.position = characters_before(sql, t.offset);
            break;
        }
    return e;
}

}  // namespace vanna::sql
