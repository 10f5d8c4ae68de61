#include <algorithm>

#include "core/ask/builtin/composer.hpp"

namespace vanna::ask::builtin {
namespace {

// What is joined within the sub-query; `trimmed`: no further than rows are multiplied.
join_plan without_first(join_plan const& plan, bool trimmed) {
    join_plan rest;
    rest.tables.assign(plan.tables.begin() + 1, plan.tables.end());
    rest.steps.assign(plan.steps.begin() + 1, plan.steps.end());
    while (trimmed && !rest.steps.empty() && !rest.steps.back().fans_out) {
        rest.steps.pop_back();
        rest.tables.pop_back();
    }
    return rest;
}

}  // namespace

// Whether joining `to` may meet one row of `from` with many.
bool composer::fans_out(int from, int to) const {
    if (from == to) return false;
    auto const plan = joins_.connect({from, to}, preferred_);
    if (!plan)
        throw cannot{"how " + known_.table(from).name + " and " + known_.table(to).name + " belong together"};
    return std::any_of(plan->steps.begin(), plan->steps.end(), [](join_step const& s) { return s.fans_out; });
}

// Where rows of `base` meet many of a group only through a table between them, that table is what is
// counted.
int composer::root_of_groups() const {
    auto root = s_.base;
    for (auto const& g : s_.groups) {
        auto const t = table_of(g);
        if (t < 0 || t == root || !fans_out(root, t)) continue;
        auto const plan = joins_.connect({root, t}, preferred_);
        auto last = root;
        for (auto const& step : plan->steps)
            if (step.fans_out) last = step.to;
        if (last == t && only_counts())
            root = t;  // "the language spoken in most countries": rows of the languages, countries told apart
        else if (last == t)
            throw cannot{"how to add up " + known_.table(s_.base).name + " for each of " +
                         known_.table(t).name + " without counting some twice"};
        if (root != s_.base && last != root) throw cannot{"how these tables belong together"};
        root = last;
    }
    return root;
}

bool composer::only_counts() const {
    auto const counts = [](quantity const& q) {
        return q.how == aggregate::none || q.how == aggregate::count;
    };
    return std::all_of(s_.shown.begin(), s_.shown.end(), counts) &&
           std::all_of(s_.order.begin(), s_.order.end(), [&](ordering const& o) { return counts(o.by); }) &&
           std::all_of(s_.having.begin(), s_.having.end(),
                       [&](condition const& c) { return counts(c.left); });
}

// Tables nothing is read from, and keys that the referencing table has itself, need no join.
void composer::prune(join_plan& plan) {
    bool again = true;
    while (again) {
        again = false;
        for (std::size_t i = plan.steps.size(); i-- > 0 && !again;)
            again = prune_leaf(plan, i);
    }
}

bool composer::prune_leaf(join_plan& plan, std::size_t i) {
    auto const step = plan.steps[i];
    bool const leaf = std::none_of(plan.steps.begin(), plan.steps.end(),
                                   [&](join_step const& o) { return o.from == step.to; });
    if (step.fans_out || !leaf) return false;
    auto const& edge = known_.edges()[std::size_t(step.edge)];
    auto const used = columns_used(step.to);
    bool const keys_only = std::all_of(used.begin(), used.end(), [&](int c) {
        return edge.columns.size() == 1 && edge.columns[0].second == c;
    });
    if (!keys_only) return false;
    if (!used.empty()) stand_ins_[{step.to, edge.columns[0].second}] = {step.from, edge.columns[0].first};
    plan.tables.erase(std::find(plan.tables.begin(), plan.tables.end(), step.to));
    plan.steps.erase(plan.steps.begin() + long(i));
    return true;
}

std::set<int> composer::columns_used(int table) const {
    std::set<int> used;
    for (auto const& q : s_.shown)
        collect(q, table, used);
    for (auto const& q : s_.groups)
        collect(q, table, used, true);
    for (auto const& o : s_.order)
        collect(o.by, table, used);
    for (auto const& c : s_.having)
        collect(c.left, table, used);
    for (auto const* list : {&plain_, &both_})
        for (auto const& c : *list)
            if (table_of(c.left) == table) used.insert(chosen(c.left.what).where.column);
    if (s_.of_extreme && table_of(s_.of_extreme->by) == table) used.insert(known_.table(table).primary_key);
    for (auto const* term : terms_in_use())
        for (auto const& read : term->columns)
            if (read.table == table) used.insert(read.column);
    return used;
}

void composer::collect(quantity const& q, int table, std::set<int>& used, bool by_key) const {
    if (q.what < 0 || table_of(q) != table) return;
    auto const& c = chosen(q.what);
    if (c.where.column >= 0) {
        used.insert(c.where.column);
    } else if (q.how == aggregate::count && root_ != table && !pure_junction(root_)) {
        used.insert(known_.table(table).primary_key);
    } else if (q.how == aggregate::none) {
        auto const& t = known_.table(table);
        if (by_key && t.primary_key >= 0) {
            used.insert(t.primary_key);
            return;
        }
        for (auto n : t.name_columns)
            used.insert(n);
        if (t.name_columns.empty()) used.insert(t.primary_key);
    }
}

void composer::join(select_statement& out, join_plan const& plan) const {
    out.from.push_back({known_.table(plan.tables[0]).name, {}, {}});
    for (auto const& step : plan.steps)
        out.from.push_back({known_.table(step.to).name, {}, on(step)});
}

expression composer::on(join_step const& step) const {
    auto const& e = known_.edges()[std::size_t(step.edge)];
    std::vector<expression> parts;
    for (auto const& [child, parent] : e.columns)
        parts.push_back(binary_of(named({e.child, child}), "=", named({e.parent, parent})));
    return all_of(std::move(parts));
}

// Rows of `from` that have (or have no) row of `to` for which the conditions hold.
expression composer::semi_join(int from, int to, std::vector<condition> const& list,
                               std::vector<expression> where, bool negated) {
    auto plan = joins_.connect({from, to}, preferred_);
    if (!plan || plan->steps.empty())
        throw cannot{"how " + known_.table(from).name + " and " + known_.table(to).name + " belong together"};
    if (!plan->choice.empty()) throw cannot{plan->choice};
    if (plan->ambiguous) throw cannot{"by which of the keys of " + known_.table(to).name};
    auto const first = plan->steps.front();
    auto const& edge = known_.edges()[std::size_t(first.edge)];
    if (edge.columns.size() != 1) throw cannot{"how to join on several columns"};
    auto const [child, parent] = edge.columns[0];
    column_place const outer{from, first.fans_out ? parent : child};
    column_place const inner{first.to, first.fans_out ? child : parent};
    auto rest = without_first(*plan, list.empty() && where.empty());
    for (auto const& c : list)  // "who visited no museum opened after 2010": the visits' museums
        rest.tables.push_back(table_of(c.left));
    auto const inside = joins_.connect(rest.tables, preferred_);
    if (!inside || inside->ambiguous || !inside->choice.empty())
        throw cannot{"how these tables belong together"};
    rest = *inside;
    auto query = std::make_shared<select_statement>();
    for (auto t : rest.tables)
        touched_.insert(t);
    query->columns.push_back({named(inner), {}});
    join(*query, rest);
    std::vector<expression> tests;
    for (auto const& c : list) {
        if (chosen(c.left.what).where.column < 0) throw cannot{"which column is compared"};
        if (chosen(c.left.what).means) throw cannot{"how to ask for " + chosen(c.left.what).term + " there"};
        add_condition(tests, writer_.test_of(named(chosen(c.left.what).where), c), c.or_previous);
    }
    for (auto& made : tests)
        where.push_back(std::move(made));
    if (negated && column(inner).nullable) {
        expression present{expression::kind::is_null};
        present.distinct = true;
        present.arguments.push_back(named(inner));
        where.push_back(std::move(present));
    }
    if (!where.empty()) query->where = all_of(std::move(where));
    expression made{expression::kind::in_query};
    made.distinct = negated;
    made.arguments.push_back(named(outer));
    made.query = std::move(query);
    return made;
}

expression composer::absence(int from, presence const& p) {
    auto const to = chosen(p.what).where.table;
    auto const scope = &p - frame_.presences.data();
    std::vector<condition> inner;
    for (auto const& c : frame_.conditions)
        if (c.within == scope) inner.push_back(c);
    several_ = true;
    std::vector<expression> where;
    if (auto const* term = chosen(p.what).means; term && term->where) where.push_back(*term->where);
    return semi_join(from, to, inner, std::move(where), true);
}

int composer::owner_of(presence const& p) const {
    auto const here = p.owner >= 0 ? chosen(p.owner).where.table : s_.subject;
    auto const t = chosen(p.what).where.table;
    return here == t || here < 0 ? root_ : here;
}

}  // namespace vanna::ask::builtin
