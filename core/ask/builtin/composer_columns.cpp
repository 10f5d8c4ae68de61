#include <algorithm>

#include "core/ask/builtin/composer.hpp"

namespace vanna::ask::builtin {
namespace {

bool numeric_looking(catalog_column const& c) {
    return !c.values->empty() && std::all_of(c.values->begin(), c.values->end(), [](std::string const& v) {
        return v.find_first_not_of("0123456789.-") == std::string::npos;
    });
}

bool in_group(select_statement const& s, expression const& e) {
    return std::any_of(s.group_by.begin(), s.group_by.end(), [&](expression const& g) {
        return g.what == e.what && g.name == e.name && g.alias == e.alias;
    });
}

}  // namespace

expression composer::plain_column(column_place p) const {
    if (auto const stand_in = stand_ins_.find(p); stand_in != stand_ins_.end()) p = stand_in->second;
    return several_ ? named(p) : column_of({}, column(p));
}

std::vector<expression> composer::shown(quantity const& q) const {
    if (q.how != aggregate::none) return {measure(q)};
    auto const& c = chosen(q.what);
    if (c.where.column >= 0) return {dated(q, value_of(c))};
    auto const& t = known_.table(c.where.table);
    std::vector<expression> all;
    for (auto n : t.name_columns)
        all.push_back(plain_column({c.where.table, n}));
    if (all.empty() && t.primary_key >= 0) all.push_back(plain_column({c.where.table, t.primary_key}));
    if (all.empty()) all.push_back({expression::kind::star});
    return all;
}

expression composer::dated(quantity const& q, expression column_expression) const {
    auto const& place = chosen(q.what).where;
    if (q.part == date_part::none || (q.part == date_part::year && column(place).integer_year))
        return column_expression;
    if (column(place).kind != column_kind::date) throw cannot{"which date to go by"};
    auto const format = [&](char const* f) {
        return call_of("strftime", {text_literal(f), column_expression});
    };
    switch (q.part) {
        case date_part::year:
            return format("%Y");
        case date_part::month:
            return format("%Y-%m");
        case date_part::week:
            return format("%Y-%W");
        case date_part::day:
            return call_of("date", {column_expression});
        default: {
            auto const third =
                binary_of(binary_of(format("%m"), "+", number_literal("2")), "/", number_literal("3"));
            return binary_of(format("%Y"), "||", binary_of(text_literal("-Q"), "||", third));
        }
    }
}

expression composer::measure(quantity const& q) const {
    if (q.what < 0 || q.how == aggregate::count) return count(q);
    auto const& c = chosen(q.what);
    if (c.where.column < 0) throw cannot{"what of " + known_.table(c.where.table).name + " to compute"};
    if (q.how == aggregate::term) {
        if (root_ != c.where.table) throw cannot{"how to compute " + c.term + " without counting rows twice"};
        return value_of(c);
    }
    auto const& measured = column(c.where);
    bool const adds = q.how == aggregate::sum || q.how == aggregate::average;
    if (adds && (measured.kind == column_kind::date || measured.kind == column_kind::flag))
        throw cannot{"how to add up " + measured.name};
    if (adds && measured.kind == column_kind::text && !numeric_looking(measured))
        throw cannot{"how to add up " + measured.name + ", which is text"};
    if (root_ != c.where.table)
        throw cannot{"how to compute " + measured.name + " without counting rows twice"};
    return call_of(function_name(q.how), {value_of(c)}, q.distinct);
}

// Of rows, or of different values: of a column, or of a table that another multiplies.
expression composer::count(quantity const& q) const {
    if (q.what < 0) return call_of("COUNT", {{expression::kind::star}});
    auto const& c = chosen(q.what);
    auto const key = c.where.column >= 0 ? c.where.column : known_.table(c.where.table).primary_key;
    bool const of_column = c.where.column >= 0 && q.distinct;
    bool const between = root_ != c.where.table && !pure_junction(root_);
    if (of_column || (between && key >= 0))
        return call_of("COUNT", {plain_column({c.where.table, key})}, true);
    return call_of("COUNT", {{expression::kind::star}});
}

// Only keys: each row pairs two others.
bool composer::pure_junction(int t) const {
    auto const& columns = known_.table(t).columns;
    return std::all_of(columns.begin(), columns.end(), [](catalog_column const& c) { return c.key; });
}

void composer::group(select_statement& out) const {
    auto const add = [&](expression e) {
        bool const there = std::any_of(out.group_by.begin(), out.group_by.end(), [&](expression const& g) {
            return g.what == e.what && e.what == expression::kind::column && g.name == e.name &&
                   g.alias == e.alias;
        });
        if (!there) out.group_by.push_back(std::move(e));
    };
    for (auto const& g : s_.groups) {
        auto const& c = chosen(g.what);
        auto const& t = known_.table(c.where.table);
        bool const named = frame_.groups.empty() && frame_.subject >= 0 &&
                           chosen(frame_.subject).where.column < 0 &&
                           chosen(frame_.subject).where.table == c.where.table;
        bool const entity = (c.where.column < 0 || (c.where.table != root_ && c.where.table == s_.subject &&
                                                    (named || all_of_subject()))) &&
                            t.primary_key >= 0;
        if (entity) add(plain_column({c.where.table, t.primary_key}));
        if (c.where.column >= 0)
            add(dated(g, plain_column(c.where)));
        else if (!entity)
            for (auto& e : shown(g))
                if (e.what == expression::kind::column) add(std::move(e));
    }
    for (auto const& q : s_.shown)
        if (q.how == aggregate::none)
            for (auto& e : shown(q)) {
                if (e.what == expression::kind::column) add(std::move(e));
            }
}

// What is shown are attributes of one thing that has a key, not values to group by.
bool composer::all_of_subject() const {
    return std::any_of(s_.shown.begin(), s_.shown.end(), [&](quantity const& q) {
        if (q.how != aggregate::none || table_of(q) != s_.subject) return false;
        auto const& c = chosen(q.what);
        if (c.where.column < 0) return true;
        auto const& t = known_.table(c.where.table);
        auto const& names = t.name_columns;
        return c.where.column == t.primary_key ||
               std::find(names.begin(), names.end(), c.where.column) != names.end();
    });
}

void composer::order(select_statement& out, ordering const& o) const {
    bool descending = o.descending;
    if (o.by.how != aggregate::none) {
        out.order_by.push_back({measure(o.by), descending});
        return;
    }
    auto const& c = chosen(o.by.what);
    if (c.inverse) descending = !descending;
    for (auto& e : shown(o.by)) {
        if (s_.grouped && s_.base >= 0 && c.where.column >= 0 && !in_group(out, e)) {
            bool const adds = column(c.where).kind == column_kind::number && !column(c.where).key;
            if (!adds || root_ != c.where.table)
                throw cannot{"how to order groups by " + column(c.where).name};
            e = call_of("SUM", {e});
        }
        out.order_by.push_back({std::move(e), descending});
    }
}

}  // namespace vanna::ask::builtin
