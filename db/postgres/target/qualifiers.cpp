#include "db/postgres/target/qualifiers.hpp"

#include <algorithm>

#include "db/postgres/target/tree.hpp"

namespace vanna::pg_target {
namespace {

namespace json = boost::json;

constexpr int deepest = 50;  // sub-queries whose columns are all those of the next

// The SELECT that a member holds, named or bare.
json::object const* select_of(json::object const& node, std::string_view member) {
    auto const* held = node_of(node, member);
    if (!held) return nullptr;
    auto const* named = as_kind(*held, "SelectStmt");
    return named ? named : held;
}

// A column that is a name after names, or a star after them.
struct reference {
    std::vector<std::string_view> names;
    bool has_star = false;
};
reference reference_of(json::object const& value) {
    auto const* column = as_kind(value, "ColumnRef");
    if (!column) return {};
    auto names = names_of(*column, "fields");
    bool const has_star = names.size() < nodes_of(*column, "fields").size();
    return {std::move(names), has_star};
}

// What PostgreSQL calls an unnamed column, as far as it is plain.
std::string_view name_of(json::object const& value) {
    auto names = reference_of(value).names;
    if (auto const* call = as_kind(value, "FuncCall")) names = names_of(*call, "funcname");
    return names.empty() ? std::string_view() : names.back();
}

// What PostgreSQL calls a function's rows without an alias; "" for forms with names of their own.
std::string_view first_function(json::object const& range) {
    auto const functions = nodes_of(range, "functions");
    auto const* list = functions.empty() ? nullptr : as_kind(*functions[0], "List");
    auto const items = list ? nodes_of(*list, "items") : std::vector<json::object const*>();
    return items.empty() || !as_kind(*items[0], "FuncCall") ? std::string_view() : name_of(*items[0]);
}

std::vector<std::string_view> columns_of(json::object const& node) {
    auto const* alias = node_of(node, "alias");
    return alias ? names_of(*alias, "colnames") : std::vector<std::string_view>();
}

}  // namespace

qualifiers::qualifiers(json::value const& statement, own_names const& known) : known_(known) {
    std::vector<json::value const*> waiting{&statement};
    while (!waiting.empty()) {
        auto const& at = *waiting.back();
        waiting.pop_back();
        if (auto const* list = at.if_array()) {
            for (auto const& item : *list)
                waiting.push_back(&item);
        } else if (auto const* node = at.if_object()) {
            for (auto const& [name, value] : *node) {
                if (auto const* held = value.if_object()) collect(name, *held);
                if (value.is_structured()) waiting.push_back(&value);
            }
        }
    }
}

// By the node's kind, or by the member that holds it: a name too many only makes the answers more careful.
// Where a name cannot be told, no answer is certain any more.
void qualifiers::collect(std::string_view kind, json::object const& node) {
    if (kind == "CommonTableExpr") {
        expressions_.emplace(text_of(node, "ctename"), range{.select = select_of(node, "ctequery"),
                                                             .columns = names_of(node, "aliascolnames")});
    } else if (kind == "join_using_alias") {
        ranges_.emplace(text_of(node, "aliasname"), range{});
    } else if (kind == "RangeVar") {
        auto const* alias = node_of(node, "alias");
        ranges_.emplace(alias ? text_of(*alias, "aliasname") : text_of(node, "relname"),
                        range{.table = &node, .columns = columns_of(node)});
    } else if (auto const* alias = node_of(node, "alias")) {
        ranges_.emplace(text_of(*alias, "aliasname"),
                        range{.select = select_of(node, "subquery"), .columns = columns_of(node)});
    } else if (kind == "RangeFunction") {
        auto const called = first_function(node);
        if (called.empty()) left_ = 0;
        ranges_.emplace(called, range{});
    }
}

bool qualifiers::have_column(std::string_view x, std::string_view name, int depth) {
    auto const [first, last] = ranges_.equal_range(x);
    return first != last && std::all_of(first, last, [&](auto const& called) {
               return has_column(called.second, name, depth);
           });
}

// A list of names renames the columns before it, so that the old names are gone.
bool qualifiers::has_column(range const& in, std::string_view name, int depth) {
    if (depth > deepest || --left_ < 0) return false;
    if (!in.columns.empty()) return std::ranges::find(in.columns, name) != in.columns.end();
    if (in.table) return table_has(*in.table, name, depth);
    return in.select && select_has(*in.select, name, depth);
}

// Where the statement gives a table's name to an expression too, both must have it.
bool qualifiers::table_has(json::object const& table, std::string_view name, int depth) {
    auto const schema = text_of(table, "schemaname"), called = text_of(table, "relname");
    if (schema == "information_schema") return false;
    bool const may_be_table = !schema.empty() || known_.tables.contains(called);
    auto const having = known_.tables_with.find(name);
    if (may_be_table && (having == known_.tables_with.end() || !having->second.contains(called)))
        return false;
    if (!schema.empty()) return true;
    auto const [first, last] = expressions_.equal_range(called);
    return (may_be_table || first != last) && std::all_of(first, last, [&](auto const& expression) {
               return has_column(expression.second, name, depth + 1);
           });
}

bool qualifiers::select_has(json::object const& select, std::string_view name, int depth) {
    if (depth > deepest || --left_ < 0) return false;
    if (auto const* first = select_of(select, "larg")) return select_has(*first, name, depth + 1);
    for (auto const* target : nodes_of(select, "targetList")) {
        --left_;
        auto const* column = as_kind(*target, "ResTarget");
        auto const* value = column ? node_of(*column, "val") : nullptr;
        if (!value) continue;
        auto const refers = reference_of(*value);
        if (refers.has_star) {
            if (star_has(refers.names, select, name, depth + 1)) return true;
            continue;
        }
        auto const given = text_of(*column, "name");
        if ((given.empty() ? name_of(*value) : given) == name) return true;
    }
    return false;
}

bool qualifiers::star_has(std::vector<std::string_view> const& after, json::object const& select,
                          std::string_view name, int depth) {
    if (!after.empty()) return have_column(after.back(), name, depth);
    return std::ranges::any_of(nodes_of(select, "fromClause"),
                               [&](auto const* item) { return item_has(*item, name, depth); });
}

// One of those whose columns a star stands for.
bool qualifiers::item_has(json::object const& item, std::string_view name, int depth) {
    if (depth > deepest || --left_ < 0) return false;
    if (auto const* table = as_kind(item, "RangeVar"))
        return has_column({.table = table, .columns = columns_of(*table)}, name, depth + 1);
    if (auto const* query = as_kind(item, "RangeSubselect"))
        return has_column({.select = select_of(*query, "subquery"), .columns = columns_of(*query)}, name,
                          depth + 1);
    auto const* join = as_kind(item, "JoinExpr");
    if (!join || join->contains("alias")) return false;
    auto const* left = node_of(*join, "larg");
    auto const* right = node_of(*join, "rarg");
    return (left && item_has(*left, name, depth + 1)) || (right && item_has(*right, name, depth + 1));
}

}  // namespace vanna::pg_target
