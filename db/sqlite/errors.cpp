#include "db/sqlite/errors.hpp"

#include <string>

#include "core/sql/guard.hpp"
#include "core/sql/lexer.hpp"
#include "core/sql/utf8.hpp"

namespace vanna::sqlite {
namespace {

// Limits that SQLite reports as plain errors.
bool is_limit_message(std::string_view message) {
    for (std::string_view start :
         {"too many SQL variables", "too many columns", "too many terms", "too many FROM clause terms",
          "too many arguments on function", "too many references", "Expression tree is too large",
          "parser stack overflow", "LIKE or GLOB pattern too complex", "at most 64 tables",
          "string or blob too big"})
        if (message.starts_with(start)) return true;
    return false;
}

// "no such table: main.orders" carries no offset: find the name in the text.
std::optional<std::size_t> mentioned(std::string_view message, std::string_view sql) {
    auto const colon = message.rfind(": ");
    if (!message.starts_with("no such ") || colon == std::string_view::npos) return {};
    auto name = message.substr(colon + 2);
    if (auto const dot = name.rfind('.'); dot != std::string_view::npos) name.remove_prefix(dot + 1);
    return sql::refusal({}, {}, sql, sql::lower_ascii(name)).position;
}

}  // namespace

bool is_file_failure(int code) {
    switch (code & 0xFF) {
        case SQLITE_CORRUPT:
        case SQLITE_NOTADB:
        case SQLITE_IOERR:
        case SQLITE_CANTOPEN:
        case SQLITE_PROTOCOL:
            return true;
        default:
            return false;
    }
}

error file_error(sqlite3* db, int code, std::string_view path) {
    return {errc::unavailable, public_text{"the target database file cannot be read"},
            internal_text{std::string(path) + ": " + (db ? sqlite3_errmsg(db) : sqlite3_errstr(code))}};
}

error statement_error(sqlite3* db, int code, std::string_view sql) {
    std::string_view const message = sqlite3_errmsg(db);
    auto const make = [&](errc what, std::string text) {
        error e{what, public_text{std::move(text)}};
        if (auto const offset = sqlite3_error_offset(db); offset >= 0)
            e.position = sql::characters_before(sql, std::size_t(offset));
        else
            e.position = mentioned(message, sql);
        return e;
    };
    switch (code & 0xFF) {
        case SQLITE_TOOBIG:
            return make(errc::query_too_large, "the statement or one of its values is too large");
        case SQLITE_NOMEM:
        case SQLITE_FULL:
            return make(errc::query_too_large, "the statement needs more memory than queries may use");
        case SQLITE_READONLY:
        case SQLITE_AUTH: {
            auto e = make(errc::query_refused, "this database is read-only");
            e.rule = "read-only";
            return e;
        }
        default:
            if (is_file_failure(code)) return file_error(db, code, "statement");
            return make(is_limit_message(message) ? errc::query_too_large : errc::query_invalid,
                        std::string(message));
    }
}

}  // namespace vanna::sqlite
