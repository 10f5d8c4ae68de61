#include "core/ask/builtin/catalog.hpp"

#include <algorithm>
#include <array>

namespace vanna::ask::builtin {
namespace {

bool contains(std::vector<word> const& words, std::string_view singular) {
    return std::any_of(words.begin(), words.end(), [&](word const& w) { return w.singular == singular; });
}

bool any_of(std::vector<word> const& words, std::initializer_list<std::string_view> list) {
    return std::any_of(list.begin(), list.end(), [&](std::string_view one) { return contains(words, one); });
}

bool same_words(std::vector<word> const& a, std::vector<word> const& b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                      [](word const& x, word const& y) { return x.singular == y.singular; });
}

// "2024-01-31", with or without a time.
bool looks_like_date(std::string const& text) {
    constexpr std::string_view shape = "dddd-dd-dd";
    if (text.size() < shape.size()) return false;
    return std::equal(shape.begin(), shape.end(), text.begin(),
                      [](char s, char c) { return s == 'd' ? c >= '0' && c <= '9' : c == s; });
}

bool begins_with(std::string_view type, std::initializer_list<std::string_view> list) {
    return std::any_of(list.begin(), list.end(), [&](std::string_view one) { return type.starts_with(one); });
}

// Types of PostgreSQL that hold neither numbers, moments nor truth values, whatever their names sound like.
bool is_apart(std::string_view type) {
    return type.ends_with("[]") || type.ends_with("range") ||
           begins_with(type, {"interval", "point", "time ", "time(", "json", "geo"});
}

// A text by another name (an enumeration, a UUID, JSON) has no patterns there, and money no arithmetic with
// numbers.
std::string_view read_in_postgresql(std::string_view type, column_kind kind) {
    if (type == "money") return "numeric";
    bool const is_text = begins_with(type, {"text", "char", "citext", "name", "\"char"});
    return kind == column_kind::text && !is_text ? "text" : "";
}

column_kind kind_of(sql::schema_column const& column, std::vector<word> const& words, bool in_postgresql) {
    auto const type = lower(column.type);
    if (in_postgresql && is_apart(type)) return column_kind::text;
    auto const has = [&](std::string_view part) { return type.find(part) != std::string::npos; };
    if (has("bool")) return column_kind::flag;
    if (has("date") || has("time")) return column_kind::date;
    bool const numeric =
        has("int") || has("num") || has("dec") || has("real") || has("doub") || has("floa") || has("money");
    if (numeric) return column_kind::number;
    if (any_of(words, {"date", "datetime", "timestamp"}) ||
        (words.size() > 1 && (words.back().text == "at" || words.back().text == "on")))
        return column_kind::date;
    if (!column.values.empty() && std::all_of(column.values.begin(), column.values.end(), looks_like_date))
        return column_kind::date;
    if (has("char") || has("text") || has("clob") || has("string")) return column_kind::text;
    if (any_of(words, {"id", "number", "amount", "price", "quantity", "total", "year", "age", "count"}) &&
        column.values.empty())
        return column_kind::number;
    return column_kind::text;
}

// Texts that are all years.
bool holds_years(catalog_column const& column, std::vector<std::string> const& values) {
    return column.kind == column_kind::text && !values.empty() &&
           std::all_of(values.begin(), values.end(), [](std::string const& v) {
               return v.size() == 4 && (v.starts_with("18") || v.starts_with("19") || v.starts_with("20")) &&
                      v.find_first_not_of("0123456789") == std::string::npos;
           });
}

std::vector<word> core_of(std::vector<word> const& words, std::vector<word> const& table) {
    std::vector<word> core;
    for (auto const& w : words)
        if (!contains(table, w.singular)) core.push_back(w);
    return core.empty() ? words : core;
}

bool ends_like_key(std::vector<word> const& words) {
    if (words.empty()) return false;
    auto const& last = words.back().text;
    return last == "id" || last == "uid" || last == "uuid" || last == "guid" || last == "key";
}

// What a person would call a row by: its name or title, first and last name, or the column called like the
// table.
std::vector<int> name_columns(catalog_table const& table) {
    auto const find = [&](auto const& fits) {
        for (std::size_t i = 0; i < table.columns.size(); ++i)
            if (table.columns[i].kind == column_kind::text && fits(table.columns[i])) return int(i);
        return -1;
    };
    auto const is = [](std::vector<word> const& words, std::initializer_list<std::string_view> texts) {
        return std::equal(words.begin(), words.end(), texts.begin(), texts.end(),
                          [](word const& w, std::string_view t) { return w.text == t; });
    };
    if (auto const i = find(
            [&](catalog_column const& c) { return is(c.core, {"name"}) || is(c.core, {"full", "name"}); });
        i >= 0)
        return {i};
    auto const first = find([&](catalog_column const& c) {
        return is(c.core, {"first", "name"}) || is(c.core, {"given", "name"}) || is(c.core, {"forename"});
    });
    auto const last = find([&](catalog_column const& c) {
        return is(c.core, {"last", "name"}) || is(c.core, {"family", "name"}) || is(c.core, {"surname"});
    });
    if (first >= 0 && last >= 0) return {first, last};
    if (auto const i = find([&](catalog_column const& c) { return same_words(c.words, table.words); });
        i >= 0)
        return {i};
    if (auto const i = find([&](catalog_column const& c) { return is(c.core, {"title"}); }); i >= 0)
        return {i};
    if (auto const i = find([&](catalog_column const& c) {
            return !c.core.empty() && c.core.back().text == "name" && c.core.size() <= 2;
        });
        i >= 0)
        return {i};
    return {};
}

}  // namespace

catalog::catalog(std::shared_ptr<sql::schema const> schema) : schema_(std::move(schema)) {
    for (auto const& t : schema_->tables) {
        for (auto const& part : identifier_parts(t.name))
            vocabulary_.insert(part);
        for (auto const& c : t.columns)
            for (auto const& part : identifier_parts(c.name))
                if (part.size() > 2) vocabulary_.insert(part);
    }
    auto const plain = vocabulary_;
    for (auto const& part : plain)
        vocabulary_.insert(make_word(part).singular);
    read_tables();
    read_edges();
    infer_edges();
    for (auto& t : tables_)
        t.name_columns = name_columns(t);
    index_values();
}

expression column_of(std::string alias, catalog_column const& column) {
    auto out = column_of(std::move(alias), column.name);
    out.read_as = column.read_as;
    return out;
}

void catalog::read_tables() {
    static constexpr auto prefixes =
        std::to_array<std::string_view>({"tbl", "tb", "t", "dim", "fact", "ref", "vw", "v", "mst", "lkp"});
    bool const in_postgresql = schema_->engine == "postgresql";
    for (auto const& t : schema_->tables) {
        catalog_table table{
            t.name, split_identifier(t.name, vocabulary_), {}, -1, {}, t.is_view, t.row_count.value_or(0)};
        bool const prefixed =
            table.words.size() > 1 && std::any_of(prefixes.begin(), prefixes.end(),
                                                  [&](auto p) { return identifier_parts(t.name)[0] == p; });
        if (prefixed) table.words.erase(table.words.begin());
        static constexpr auto suffixes =
            std::to_array<std::string_view>({"data", "list", "info", "information", "table", "record"});
        if (table.words.size() > 1 &&
            std::find(suffixes.begin(), suffixes.end(), table.words.back().singular) != suffixes.end())
            table.words.pop_back();
        int keys = 0;
        for (auto const& c : t.columns) {
            catalog_column column;
            column.name = c.name;
            column.words = split_identifier(c.name, vocabulary_);
            column.core = core_of(column.words, table.words);
            column.kind = kind_of(c, column.words, in_postgresql);
            if (in_postgresql) column.read_as = read_in_postgresql(lower(c.type), column.kind);
            column.key = c.primary_key > 0 || ends_like_key(column.words);
            column.integer_year = column.kind != column_kind::date &&
                                  (contains(column.words, "year") || holds_years(column, c.values));
            column.values = &c.values;
            column.values_complete = c.values_complete;
            column.nullable = !c.not_null && c.primary_key == 0;
            if (c.primary_key > 0) {
                ++keys;
                table.primary_key = int(table.columns.size());
            }
            table.columns.push_back(std::move(column));
        }
        if (keys > 1) table.primary_key = -1;
        if (keys == 0 && !table.view)
            for (std::size_t i = 0; i < table.columns.size() && table.primary_key < 0; ++i)
                if (ends_like_key(table.columns[i].words) && table.columns[i].core.size() == 1)
                    table.primary_key = int(i);
        tables_.push_back(std::move(table));
    }
}

void catalog::read_edges() {
    auto const table_named = [&](std::string_view name) {
        auto const wanted = lower(name);
        for (std::size_t i = 0; i < tables_.size(); ++i)
            if (lower(tables_[i].name) == wanted) return int(i);
        return -1;
    };
    auto const column_named = [&](int t, std::string_view name) {
        auto const wanted = lower(name);
        auto const& columns = table(t).columns;
        for (std::size_t i = 0; i < columns.size(); ++i)
            if (lower(columns[i].name) == wanted) return int(i);
        return -1;
    };
    for (std::size_t child = 0; child < tables_.size(); ++child)
        for (auto const& fk : schema_->tables[child].foreign_keys) {
            join_edge edge{int(child), table_named(fk.table), {}, true};
            if (edge.parent < 0) continue;
            bool whole = !fk.columns.empty();
            for (std::size_t i = 0; i < fk.columns.size(); ++i) {
                auto const from = column_named(edge.child, fk.columns[i]);
                auto const to = i < fk.references.size() && !fk.references[i].empty()
                                    ? column_named(edge.parent, fk.references[i])
                                    : table(edge.parent).primary_key;
                whole = whole && from >= 0 && to >= 0;
                edge.columns.emplace_back(from, to);
            }
            if (!whole) continue;
            for (auto const& [from, to] : edge.columns)
                tables_[child].columns[std::size_t(from)].key = true;
            edges_.push_back(std::move(edge));
        }
}

// A column without a declared key that is called like another table's key ("customer_id"), or like the table
// itself and holds the same kind of thing ("flights.airline").
void catalog::infer_edges() {
    auto const declared = [&](int t, int c) {
        return std::any_of(edges_.begin(), edges_.end(), [&](join_edge const& e) {
            return e.child == t && e.columns.size() == 1 && e.columns[0].first == c;
        });
    };
    auto const joined = [&](int a, int b) {
        return std::any_of(edges_.begin(), edges_.end(), [&](join_edge const& e) {
            return e.declared && ((e.child == a && e.parent == b) || (e.child == b && e.parent == a));
        });
    };
    for (int child = 0; child < int(tables_.size()); ++child) {
        if (table(child).view) continue;
        for (int c = 0; c < int(table(child).columns.size()); ++c) {
            auto const& column = table(child).columns[std::size_t(c)];
            if (declared(child, c)) continue;
            for (int parent = 0; parent < int(tables_.size()); ++parent) {
                auto const key = table(parent).primary_key;
                if (parent == child || key < 0 || table(parent).view || joined(child, parent)) continue;
                auto const& target = table(parent).columns[std::size_t(key)];
                if (target.kind != column.kind) continue;
                auto stem = column.words;
                if (ends_like_key(stem)) stem.pop_back();
                bool const same_key =
                    column.key && target.words.size() > 1 && same_words(column.words, target.words);
                bool const called_like_table = !stem.empty() && same_words(stem, table(parent).words);
                if (c == table(child).primary_key ? !called_like_table : !same_key && !called_like_table)
                    continue;
                edges_.push_back({child, parent, {{c, key}}, false});
                break;
            }
        }
    }
}

std::string catalog::value_key(std::string_view text) {
    std::string key;
    for (auto const& part : identifier_parts(lower(text)))
        key += (key.empty() ? "" : " ") + make_word(part).singular;
    return key;
}

void catalog::index_values() {
    for (int t = 0; t < int(tables_.size()); ++t)
        for (int c = 0; c < int(table(t).columns.size()); ++c)
            for (auto const& text : *table(t).columns[std::size_t(c)].values) {
                auto const key = value_key(text);
                if (key.empty() || text.find('\0') != std::string::npos) continue;
                values_[key].push_back({{t, c}, &text});
                longest_value_ =
                    std::max(longest_value_, std::size_t(std::count(key.begin(), key.end(), ' ')) + 1);
            }
}

std::vector<value_place> const& catalog::values(std::string const& key) const {
    static std::vector<value_place> const none;
    auto const found = values_.find(key);
    return found == values_.end() ? none : found->second;
}

}  // namespace vanna::ask::builtin
