// Small reads of our own (schema, checks): a statement that ends with its scope, and a loop over its rows.
#pragma once
#include <sqlite3.h>

#include <memory>
#include <string>
#include <string_view>

namespace vanna::sqlite {

struct finalizer {
    void operator()(sqlite3_stmt* s) const { sqlite3_finalize(s); }
};
using statement_handle = std::unique_ptr<sqlite3_stmt, finalizer>;

// Null when it does not prepare; sqlite3_errmsg says why.
inline statement_handle prepare_own(sqlite3* db, std::string_view sql) {
    sqlite3_stmt* raw = nullptr;
    sqlite3_prepare_v2(db, sql.data(), int(sql.size()), &raw, nullptr);
    return statement_handle(raw);
}

inline std::string column_text(sqlite3_stmt* row, int column) {
    auto const* text = reinterpret_cast<char const*>(sqlite3_column_text(row, column));
    return text ? std::string(text, std::size_t(sqlite3_column_bytes(row, column))) : std::string();
}

// SQLITE_DONE after the last row; else the code of the failure.
template <class F>
int for_each_row(sqlite3* db, std::string_view sql, F each) {
    auto const statement = prepare_own(db, sql);
    if (!statement) return sqlite3_errcode(db);
    int code;
    while ((code = sqlite3_step(statement.get())) == SQLITE_ROW)
        each(statement.get());
    return code;
}

}  // namespace vanna::sqlite
