#include "db/sqlite/schema.hpp"

#include <algorithm>

#include "db/sqlite/errors.hpp"
#include "db/sqlite/quote.hpp"

namespace vanna::sqlite {
namespace {

statement_handle ask(sqlite3* db, std::string_view sql, std::string const& name) {
    auto statement = prepare_own(db, sql);
    if (statement)
        sqlite3_bind_text64(statement.get(), 1, name.data(), name.size(), SQLITE_TRANSIENT, SQLITE_UTF8);
    return statement;
}

// hidden: 1 a virtual table's own column, 2 and 3 generated ones.
std::vector<sql::schema_column> read_columns(sqlite3* db, std::string const& table) {
    std::vector<sql::schema_column> out;
    auto const rows =
        ask(db, "SELECT name, type, \"notnull\", pk, hidden FROM pragma_table_xinfo(?1, 'main') ORDER BY cid",
            table);
    while (rows && sqlite3_step(rows.get()) == SQLITE_ROW) {
        int const hidden = sqlite3_column_int(rows.get(), 4);
        if (hidden == 1) continue;
        sql::schema_column c;
        c.name = column_text(rows.get(), 0);
        c.type = column_text(rows.get(), 1);
        c.not_null = sqlite3_column_int(rows.get(), 2) != 0;
        c.primary_key = sqlite3_column_int(rows.get(), 3);
        c.generated = hidden >= 2;
        out.push_back(std::move(c));
    }
    return out;
}

// A view has the columns that a SELECT of it has; one that names what is gone does not prepare.
void read_view(sqlite3* db, sql::table& view) {
    auto const all = prepare_own(db, "SELECT * FROM main." + quote_name(view.name));
    if (!all) {
        view.problem = sqlite3_errmsg(db);
        return;
    }
    for (int i = 0; i < sqlite3_column_count(all.get()); ++i) {
        sql::schema_column c;
        c.name = sqlite3_column_name(all.get(), i);
        if (auto const* type = sqlite3_column_decltype(all.get(), i)) c.type = type;
        view.columns.push_back(std::move(c));
    }
}

std::vector<std::string> primary_key_of(sqlite3* db, std::string const& table) {
    std::vector<std::string> out;
    auto const rows =
        ask(db, "SELECT name FROM pragma_table_xinfo(?1, 'main') WHERE pk > 0 ORDER BY pk", table);
    while (rows && sqlite3_step(rows.get()) == SQLITE_ROW)
        out.push_back(column_text(rows.get(), 0));
    return out;
}

std::vector<sql::foreign_key> read_foreign_keys(sqlite3* db, std::string const& table) {
    std::vector<sql::foreign_key> out;
    auto const rows = ask(
        db,
        "SELECT id, \"table\", \"from\", \"to\" FROM pragma_foreign_key_list(?1, 'main') ORDER BY id, seq",
        table);
    for (int last = -1; rows && sqlite3_step(rows.get()) == SQLITE_ROW;) {
        if (int const id = sqlite3_column_int(rows.get(), 0); id != last) {
            out.push_back({{}, column_text(rows.get(), 1), {}});
            last = id;
        }
        out.back().columns.push_back(column_text(rows.get(), 2));
        if (sqlite3_column_type(rows.get(), 3) != SQLITE_NULL)
            out.back().references.push_back(column_text(rows.get(), 3));
    }
    for (auto& key : out)
        if (key.references.empty()) key.references = primary_key_of(db, key.table);
    return out;
}

std::vector<std::string> read_indexes(sqlite3* db, std::string const& table) {
    std::vector<std::string> out;
    auto const rows = ask(db,
                          "SELECT sql FROM main.sqlite_schema WHERE type = 'index' AND tbl_name = ?1 AND sql "
                          "IS NOT NULL ORDER BY name",
                          table);
    while (rows && sqlite3_step(rows.get()) == SQLITE_ROW)
        out.push_back(column_text(rows.get(), 0));
    return out;
}

void describe(sqlite3* db, sql::table& t) {
    if (t.is_view) return read_view(db, t);
    t.columns = read_columns(db, t.name);
    if (!t.columns.empty()) {
        t.foreign_keys = read_foreign_keys(db, t.name);
        t.indexes = read_indexes(db, t.name);
    } else if (!prepare_own(db, "SELECT 1 FROM main." + quote_name(t.name))) {
        t.problem = sqlite3_errmsg(db);
    }
}

}  // namespace

result<sql::schema> read_structure(connection& from, std::string version) {
    sqlite3* const db = from.handle();
    sql::schema out{"sqlite", std::move(version), {}};
    // table_list knows shadow tables, sqlite_schema the DDL.
    int const code =
        for_each_row(db,
                     "SELECT s.name, s.type = 'view', s.sql FROM main.sqlite_schema s "
                     "WHERE s.type IN ('table', 'view') AND substr(s.name, 1, 7) <> 'sqlite_' AND NOT EXISTS "
                     "(SELECT 1 FROM pragma_table_list l WHERE l.schema = 'main' AND l.name = s.name "
                     "AND l.type = 'shadow') ORDER BY s.name",
                     [&](sqlite3_stmt* row) {
                         sql::table t;
                         t.name = column_text(row, 0);
                         t.is_view = sqlite3_column_int(row, 1) != 0;
                         t.ddl = column_text(row, 2);
                         out.tables.push_back(std::move(t));
                     });
    if (code != SQLITE_DONE) return file_error(db, code, "schema");
    for (auto& t : out.tables)
        describe(db, t);
    return out;
}

}  // namespace vanna::sqlite
