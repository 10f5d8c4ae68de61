#include <algorithm>
#include <set>

#include "core/sql/lexer.hpp"
#include "core/sql/utf8.hpp"
#include "db/sqlite/quote.hpp"
#include "db/sqlite/schema.hpp"

namespace vanna::sqlite {
namespace {

constexpr std::size_t most_values = 200, most_bytes = 100;

bool may_hold_words(sql::schema_column const& c) {
    auto const type = sql::lower_ascii(c.type);
    for (std::string_view other : {"int", "real", "floa", "doub", "blob", "num", "dec", "bool"})
        if (type.find(other) != std::string::npos && type.find("char") == std::string::npos) return false;
    return true;
}

bool is_well_formed(std::string_view text) {
    while (!text.empty()) {
        auto const step = sql::next_utf8(text);
        if (!step.valid) return false;
        text.remove_prefix(step.length);
    }
    return true;
}

struct sampled {
    sql::schema_column* column;
    std::set<std::string, std::less<>> values;
    bool complete = true, few = true;

    void see(std::string_view value) {
        if (values.contains(value)) return;
        if (value.size() > most_bytes || values.size() == most_values) {
            few = false;
        } else if (is_well_formed(value)) {
            values.emplace(value);
        } else {
            complete = false;
        }
    }
};

void keep(sampled& s, bool whole_table) {
    if (!s.few) return;
    s.column->values.assign(s.values.begin(), s.values.end());
    s.column->values_complete = whole_table && s.complete;
}

// One pass over the table for all its columns; a column that turns out to hold many values is not looked at
// any further, and the pass ends when none is left.
void sample_values(sqlite3* db, sql::table& t) {
    std::vector<sampled> columns;
    std::string list;
    for (auto& c : t.columns) {
        if (!may_hold_words(c)) continue;
        columns.push_back({&c, {}});
        list += (list.empty() ? "" : ", ") + quote_name(c.name);
    }
    if (columns.empty()) return;
    auto const rows = prepare_own(db, "SELECT " + list + " FROM main." + quote_name(t.name));
    if (!rows) return;
    int code = SQLITE_ROW;
    auto left = columns.size();
    while (left > 0 && (code = sqlite3_step(rows.get())) == SQLITE_ROW) {
        for (std::size_t i = 0; i < columns.size(); ++i) {
            if (!columns[i].few || sqlite3_column_type(rows.get(), int(i)) != SQLITE_TEXT) continue;
            auto const* text = reinterpret_cast<char const*>(sqlite3_column_text(rows.get(), int(i)));
            if (!text) return;
            columns[i].see({text, std::size_t(sqlite3_column_bytes(rows.get(), int(i)))});
            if (!columns[i].few) --left;
        }
    }
    for (auto& c : columns)
        keep(c, code == SQLITE_DONE);
}

}  // namespace

void add_contents(connection& from, sql::schema& to, deadline limit) {
    from.watch().arm(limit, nullptr);
    std::vector<sql::table*> tables;
    for (auto& t : to.tables) {
        if (t.is_view || t.columns.empty()) continue;
        for_each_row(from.handle(), "SELECT count(*) FROM main." + quote_name(t.name),
                     [&](sqlite3_stmt* row) { t.row_count = std::uint64_t(sqlite3_column_int64(row, 0)); });
        if (t.row_count) tables.push_back(&t);
    }
    std::sort(tables.begin(), tables.end(), [](auto* a, auto* b) { return *a->row_count < *b->row_count; });
    for (auto* t : tables) {
        if (from.watch().due()) break;
        sample_values(from.handle(), *t);
    }
    from.watch().disarm();
}

}  // namespace vanna::sqlite
