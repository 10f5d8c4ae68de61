#include "core/sql/schema_version.hpp"

#include <algorithm>
#include <map>

namespace vanna::sql {
namespace {

namespace json = boost::json;

json::array strings(std::vector<std::string> const& list) {
    return json::array(list.begin(), list.end());
}

// Objects of a list by their "name"; empty for anything else.
std::map<std::string, json::object> by_name(json::value const* list) {
    std::map<std::string, json::object> out;
    if (!list || !list->is_array()) return out;
    for (auto const& one : list->as_array())
        if (auto const* object = one.if_object())
            if (auto const* name = object->if_contains("name"); name && name->is_string())
                out[std::string(name->as_string())] = *object;
    return out;
}

json::value const* member(json::value const& of, std::string_view name) {
    return of.is_object() ? of.as_object().if_contains(name) : nullptr;
}

struct changes {
    json::array added, removed;
    std::vector<std::string> both;
};

changes compare(std::map<std::string, json::object> const& before,
                std::map<std::string, json::object> const& after) {
    changes out;
    for (auto const& [name, object] : after)
        if (before.contains(name))
            out.both.push_back(name);
        else
            out.added.emplace_back(name);
    for (auto const& [name, object] : before)
        if (!after.contains(name)) out.removed.emplace_back(name);
    return out;
}

// What of a column is other than it was; empty: nothing.
json::object column_change(json::object const& was, json::object const& is) {
    json::object before, after;
    for (auto const& [key, value] : is) {
        auto const* old = was.if_contains(key);
        if (old && *old == value) continue;
        before[key] = old ? *old : json::value(nullptr);
        after[key] = value;
    }
    if (after.empty()) return {};
    return {{"column", is.at("name")}, {"was", std::move(before)}, {"is", std::move(after)}};
}

// Items of `list` that are not in `other`.
json::array missing_in(json::value const* other, json::value const* list) {
    json::array out;
    if (!list || !list->is_array()) return out;
    for (auto const& item : list->as_array()) {
        bool const known =
            other && other->is_array() &&
            std::find(other->as_array().begin(), other->as_array().end(), item) != other->as_array().end();
        if (!known) out.push_back(item);
    }
    return out;
}

json::object table_change(std::string const& name, json::object const& was, json::object const& is) {
    auto const old_columns = by_name(was.if_contains("columns")),
               new_columns = by_name(is.if_contains("columns"));
    auto columns = compare(old_columns, new_columns);
    json::array altered;
    for (auto const& column : columns.both)
        if (auto change = column_change(old_columns.at(column), new_columns.at(column)); !change.empty())
            altered.push_back(std::move(change));
    auto const *old_keys = was.if_contains("foreign_keys"), *new_keys = is.if_contains("foreign_keys");
    json::object out{
        {"table", name},
        {"added", std::move(columns.added)},
        {"removed", std::move(columns.removed)},
        {"changed", std::move(altered)},
        {"foreign_keys",
         {{"added", missing_in(old_keys, new_keys)}, {"removed", missing_in(new_keys, old_keys)}}}};
    auto const *was_view = was.if_contains("view"), *is_view = is.if_contains("view");
    if (was_view && is_view && *was_view != *is_view) out["is"] = *is_view == true ? "view" : "table";
    return out;
}

}  // namespace

json::value structure_of(schema const& s) {
    json::array tables;
    for (auto const& t : s.tables) {
        json::array columns, keys;
        for (auto const& c : t.columns)
            columns.push_back({{"name", c.name},
                               {"type", c.type},
                               {"not_null", c.not_null},
                               {"primary_key", c.primary_key}});
        for (auto const& k : t.foreign_keys)
            keys.push_back(
                {{"columns", strings(k.columns)}, {"table", k.table}, {"references", strings(k.references)}});
        tables.push_back({{"name", t.name},
                          {"view", t.is_view},
                          {"columns", std::move(columns)},
                          {"foreign_keys", std::move(keys)}});
    }
    return {{"engine", s.engine}, {"tables", std::move(tables)}};
}

json::value difference(json::value const& before, json::value const& after) {
    auto const old_tables = by_name(member(before, "tables")), new_tables = by_name(member(after, "tables"));
    auto found = compare(old_tables, new_tables);
    json::array changed;
    for (auto const& name : found.both) {
        auto const& was = old_tables.at(name);
        auto const& is = new_tables.at(name);
        if (was == is) continue;
        changed.push_back(table_change(name, was, is));
    }
    return {{"added", std::move(found.added)},
            {"removed", std::move(found.removed)},
            {"changed", std::move(changed)}};
}

}  // namespace vanna::sql
