#include "core/ask/builtin/composer.hpp"

#include <algorithm>
#include <map>
#include <set>

namespace vanna::ask::builtin {
namespace {

struct cannot {  // why no statement can be made
    std::string why;
};

class composer {
  public:
    composer(frame const& f, catalog const& known, join_graph const& joins)
        : frame_(f), known_(known), joins_(joins) {}

    composed run() {
        composed done;
        try {
            done.statement = statement();
        } catch (cannot const& c) {
            done.problem = c.why;
        }
        done.notes = std::move(notes_);
        done.certainty = certainty_;
        done.tables.assign(touched_.begin(), touched_.end());
        return done;
    }

  private:
    candidate const& chosen(int ref) const { return frame_.at(ref).chosen; }
    int table_of(quantity const& q) const { return q.what < 0 ? -1 : chosen(q.what).where.table; }
    catalog_column const& column(column_place p) const { return known_.column(p); }

    // ---- what is aggregated, over which rows ----

    struct shape {
        std::vector<quantity> shown;
        std::vector<quantity> groups;
        std::vector<condition> having, where;
        bool aggregated = false;  // the output is
        bool grouped = false;
        int base = -1;     // whose rows are counted or summed
        int subject = -1;  // whose rows are shown
    };

    shape shape_of() {
        shape s;
        s.shown = frame_.shown;
        bool const lists = std::any_of(s.shown.begin(), s.shown.end(), [](quantity const& q) {
            return q.how == aggregate::none && !q.total;
        });
        if (!frame_.ranked && (!lists || !frame_.groups.empty()))
            for (auto& q : s.shown)
                if (q.total) q.how = aggregate::sum;
        plain_per_row(s);
        auto const measured = [](quantity const& q) { return q.how != aggregate::none; };
        s.aggregated = std::any_of(s.shown.begin(), s.shown.end(), measured);
        bool const plain =
            std::any_of(s.shown.begin(), s.shown.end(), [&](quantity const& q) { return !measured(q); });
        for (auto const& c : frame_.conditions)
            if (c.within < 0) (measured(c.left) ? s.having : s.where).push_back(c);
        bool const ranked_by_measure = std::any_of(frame_.order.begin(), frame_.order.end(),
                                                   [&](ordering const& o) { return measured(o.by); });
        for (auto const& g : frame_.groups)
            if (g.firm || s.aggregated || ranked_by_measure) s.groups.push_back(g.by);
        for (auto const& g : frame_.groups)
            if (!g.firm && !s.aggregated && !ranked_by_measure && s.shown.empty()) s.shown.push_back(g.by);
        if (s.shown.empty() && s.groups.empty()) throw cannot{"what to show"};
        if (s.groups.empty() && (ranked_by_measure || !s.having.empty() || (s.aggregated && plain)))
            for (auto const& q : s.shown)
                if (!measured(q)) s.groups.push_back(q);
        s.grouped = !s.groups.empty();
        if (s.grouped && (s.aggregated || s.shown.empty()))
            for (auto const& g : frame_.groups)
                show_group(s, g.by);
        if (s.grouped && !s.aggregated && !ranked_by_measure && s.having.empty()) {
            s.grouped = false;  // nothing to compute per group: each one once
            s.groups.clear();
            for (auto const& g : frame_.groups)
                show_group(s, g.by);
        }
        for (auto const& q : s.shown)
            if (measured(q)) set_base(s, q);
        for (auto const& o : frame_.order)
            if (measured(o.by)) set_base(s, o.by);
        for (auto const& c : s.having)
            set_base(s, c.left);
        for (auto const& q : s.shown)
            if (!measured(q) && s.subject < 0) s.subject = table_of(q);
        if (s.subject < 0 && frame_.subject >= 0) s.subject = chosen(frame_.subject).where.table;
        return s;
    }

    // "the price of each product": computed over one row, it is the row's own.
    void plain_per_row(shape& s) const {
        for (auto const& g : frame_.groups) {
            if (g.by.what < 0 || chosen(g.by.what).where.column >= 0) continue;
            for (auto& q : s.shown)
                if (q.how != aggregate::none && q.how != aggregate::count && table_of(q) == table_of(g.by) &&
                    chosen(q.what).where.column >= 0)
                    q.how = aggregate::none;
        }
    }

    void show_group(shape& s, quantity const& group) const {
        auto const table = chosen(group.what).where.table;
        for (auto const& q : s.shown) {
            if (q.how != aggregate::none) continue;
            if (same(q, group)) return;
            if (chosen(group.what).where.column < 0 && table_of(q) == table)
                return;  // its name was asked for already
        }
        auto shown = group;
        s.shown.insert(s.shown.begin(), shown);
    }

    bool same(quantity const& a, quantity const& b) const {
        return a.how == b.how && a.part == b.part && chosen(a.what).where == chosen(b.what).where;
    }

    void set_base(shape& s, quantity const& q) const {
        auto const t = table_of(q);
        if (t < 0) return;
        if (s.base < 0) s.base = t;
        if (s.base == t) return;
        throw cannot{"how to measure two different things (" + known_.table(s.base).name + " and " +
                     known_.table(t).name + ") in one answer"};
    }

    // ---- fan-out ----

    // Whether joining `to` may meet one row of `from` with many.
    bool fans_out(int from, int to) const {
        if (from == to) return false;
        auto const plan = joins_.connect({from, to}, preferred_);
        if (!plan)
            throw cannot{"how " + known_.table(from).name + " and " + known_.table(to).name +
                         " belong together"};
        return std::any_of(plan->steps.begin(), plan->steps.end(),
                           [](join_step const& s) { return s.fans_out; });
    }

    // Where rows of `base` meet many of a group only through a table between them, that table is what is
    // counted.
    int root_for(shape const& s) const {
        auto root = s.base;
        for (auto const& g : s.groups) {
            auto const t = table_of(g);
            if (t < 0 || t == root || !fans_out(root, t)) continue;
            auto const plan = joins_.connect({root, t}, preferred_);
            auto last = root;
            for (auto const& step : plan->steps)
                if (step.fans_out) last = step.to;
            if (last == t)
                throw cannot{"how to add up " + known_.table(s.base).name + " for each of " +
                             known_.table(t).name + " without counting some twice"};
            if (root != s.base && last != root) throw cannot{"how these tables belong together"};
            root = last;
        }
        return root;
    }

    // ---- the statement ----

    select_statement statement() {
        for (auto const& r : frame_.references)
            if (r.chosen.role >= 0) preferred_.insert(r.chosen.role);
        auto s = shape_of();
        select_statement out;
        bool const measured = s.base >= 0 || s.aggregated;
        auto root = s.base >= 0 ? root_for(s) : s.subject;
        if (root < 0 && !s.groups.empty()) root = table_of(s.groups.front());
        if (root < 0) throw cannot{"which table is meant"};
        root_ = root;
        base_ = s.base;

        std::vector<int> joined{root};
        auto const need = [&](int t) {
            if (t >= 0 && std::find(joined.begin(), joined.end(), t) == joined.end()) joined.push_back(t);
        };
        for (auto const& q : s.groups)
            need(table_of(q));
        for (auto const& q : s.shown)
            if (q.how == aggregate::none) need(table_of(q));
        for (auto const& o : frame_.order)
            if (o.by.how == aggregate::none) need(table_of(o.by));
        if (s.base >= 0 && root == s.base) need(s.base);
        auto const core = joined;

        // Conditions: on joined tables, by sub-query where rows would multiply.
        std::vector<condition> plain;
        std::map<int, std::vector<condition>> apart;  // by table
        for (auto const& c : s.where) {
            auto const t = table_of(c.left);
            bool const here = std::find(core.begin(), core.end(), t) != core.end();
            bool const multiplies = !here && fans_out(root, t);
            if (multiplies && (measured || c.negated)) {
                if (c.negated || apart_alone(c)) {
                    singles_.push_back(c);
                } else {
                    apart[t].push_back(c);
                }
                continue;
            }
            if (multiplies) out.distinct = true;
            need(t);
            plain.push_back(c);
        }
        std::vector<expression> where;
        for (auto const& p : frame_.presences) {
            auto const t = chosen(p.what).where.table;
            if (p.negated) {
                where.push_back(absence(owner_of(p, s), p));
                continue;
            }
            if (std::find(joined.begin(), joined.end(), t) != joined.end() || apart.contains(t)) continue;
            if (fans_out(root, t)) {
                if (measured) {
                    apart[t];
                    continue;
                }
                out.distinct = true;
            }
            need(t);
        }

        auto plan = joins_.connect(joined, preferred_);
        if (!plan) throw cannot{"how these tables belong together"};
        if (plan->ambiguous) certainty_ -= 0.25;
        several_ = plan->tables.size() > 1 || !apart.empty() || !singles_.empty() ||
                   std::any_of(frame_.presences.begin(), frame_.presences.end(),
                               [](presence const& p) { return p.negated; });
        prune(*plan, s, plain);
        for (auto t : plan->tables)
            touched_.insert(t);

        join(out, *plan);
        conditions(plain, where);
        for (auto const& [t, list] : apart)
            where.push_back(semi_join(root, t, list, false));
        for (auto const& c : singles_) {
            auto positive = c;
            positive.negated = false;
            where.push_back(semi_join(root, table_of(c.left), {positive}, c.negated));
        }
        if (!where.empty()) out.where = all_of(std::move(where));

        for (auto const& q : s.shown)
            for (auto& e : shown(q))
                out.columns.push_back({std::move(e), {}});
        if (out.columns.empty()) throw cannot{"what to show"};
        if (s.grouped) group(out, s);
        std::vector<expression> having;
        for (auto const& c : s.having)
            having.push_back(test_of(measure(c.left), c));
        if (!having.empty()) {
            if (!s.grouped) throw cannot{"of what there should be so many"};
            out.having = all_of(std::move(having));
        }
        for (auto const& o : frame_.order)
            order(out, o, s);
        if (frame_.limit) out.limit = frame_.limit;
        if (frame_.distinct && !s.grouped && !s.aggregated) out.distinct = true;
        if (out.distinct && !frame_.order.empty() && !order_is_shown(out)) out.distinct = false;
        return out;
    }

    bool apart_alone(condition const& c) const { return c.or_previous; }

    static bool order_is_shown(select_statement const& s) {
        return std::all_of(s.order_by.begin(), s.order_by.end(), [&](sort_key const& k) {
            return std::any_of(s.columns.begin(), s.columns.end(), [&](selected const& c) {
                return c.what.what == k.by.what && c.what.name == k.by.name && c.what.alias == k.by.alias;
            });
        });
    }

    int owner_of(presence const& p, shape const& s) const {
        auto const here = p.owner >= 0 ? chosen(p.owner).where.table : s.subject;
        auto const t = chosen(p.what).where.table;
        return here == t || here < 0 ? root_ : here;
    }

    // Tables nothing is read from, and keys that the referencing table has itself, need no join.
    void prune(join_plan& plan, shape const& s, std::vector<condition> const& where) {
        bool again = true;
        while (again && plan.steps.size() > 0) {
            again = false;
            for (std::size_t i = plan.steps.size(); i-- > 0;) {
                auto const& step = plan.steps[i];
                if (step.fans_out) continue;
                bool const leaf = std::none_of(plan.steps.begin(), plan.steps.end(),
                                               [&](join_step const& o) { return o.from == step.to; });
                if (!leaf) continue;
                auto const& edge = known_.edges()[std::size_t(step.edge)];
                std::set<int> used;
                for (auto const& q : s.shown)
                    collect(q, step.to, used);
                for (auto const& q : s.groups)
                    collect(q, step.to, used, true);
                for (auto const& o : frame_.order)
                    collect(o.by, step.to, used);
                for (auto const& c : where)
                    if (table_of(c.left) == step.to) used.insert(chosen(c.left.what).where.column);
                bool const keys_only = std::all_of(used.begin(), used.end(), [&](int c) {
                    return edge.columns.size() == 1 && edge.columns[0].second == c;
                });
                if (!keys_only) continue;
                if (!used.empty())
                    stand_ins_[{step.to, edge.columns[0].second}] = {step.from, edge.columns[0].first};
                plan.tables.erase(std::find(plan.tables.begin(), plan.tables.end(), step.to));
                plan.steps.erase(plan.steps.begin() + long(i));
                again = true;
                break;
            }
        }
    }

    void collect(quantity const& q, int table, std::set<int>& used, bool by_key = false) const {
        if (q.what < 0 || table_of(q) != table) return;
        auto const& c = chosen(q.what);
        if (c.where.column >= 0) {
            used.insert(c.where.column);
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

    void join(select_statement& out, join_plan const& plan) const {
        out.from.push_back({known_.table(plan.tables[0]).name, {}, {}});
        for (auto const& step : plan.steps)
            out.from.push_back({known_.table(step.to).name, {}, on(step)});
    }

    expression on(join_step const& step) const {
        auto const& e = known_.edges()[std::size_t(step.edge)];
        std::vector<expression> parts;
        for (auto const& [child, parent] : e.columns)
            parts.push_back(binary_of(named({e.child, child}), "=", named({e.parent, parent})));
        return all_of(std::move(parts));
    }

    expression named(column_place p) const { return column_of(known_.table(p.table).name, column(p).name); }

    expression plain_column(column_place p) const {
        if (auto const stand_in = stand_ins_.find(p); stand_in != stand_ins_.end()) p = stand_in->second;
        return several_ ? named(p) : column_of({}, column(p).name);
    }

    // ---- quantities ----

    std::vector<expression> shown(quantity const& q) const {
        if (q.how != aggregate::none) return {measure(q)};
        auto const& c = chosen(q.what);
        if (c.where.column >= 0) return {dated(q, plain_column(c.where))};
        auto const& t = known_.table(c.where.table);
        std::vector<expression> all;
        for (auto n : t.name_columns)
            all.push_back(plain_column({c.where.table, n}));
        if (all.empty() && t.primary_key >= 0) all.push_back(plain_column({c.where.table, t.primary_key}));
        if (all.empty()) all.push_back({expression::kind::star});
        return all;
    }

    expression dated(quantity const& q, expression column_expression) const {
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

    expression measure(quantity const& q) const {
        static constexpr char const* names[] = {"", "COUNT", "SUM", "AVG", "MIN", "MAX"};
        auto const name = names[int(q.how)];
        if (q.what < 0) return call_of("COUNT", {{expression::kind::star}});
        auto const& c = chosen(q.what);
        if (q.how == aggregate::count) {
            auto const key = c.where.column >= 0 ? c.where.column : known_.table(c.where.table).primary_key;
            bool const of_column = c.where.column >= 0 && q.distinct && !counted_per_group_;
            bool const explicit_distinct = q.distinct && c.where.column < 0;
            bool const between = root_ != c.where.table && !pure_junction(root_);
            if (explicit_distinct && known_.table(c.where.table).primary_key >= 0 && between)
                return call_of(name, {plain_column({c.where.table, key})}, true);
            if (of_column || (between && key >= 0))
                return call_of(name, {plain_column({c.where.table, key})}, true);
            return call_of(name, {{expression::kind::star}});
        }
        if (c.where.column < 0) throw cannot{"what of " + known_.table(c.where.table).name + " to compute"};
        auto const& measured = column(c.where);
        bool const adds = q.how == aggregate::sum || q.how == aggregate::average;
        if (adds && (measured.kind == column_kind::date || measured.kind == column_kind::flag))
            throw cannot{"how to add up " + measured.name};
        if (adds && measured.kind == column_kind::text && !numeric_looking(measured))
            throw cannot{"how to add up " + measured.name + ", which is text"};
        if (root_ != c.where.table)
            throw cannot{"how to compute " + measured.name + " without counting rows twice"};
        return call_of(name, {plain_column(c.where)}, q.distinct);
    }

    static bool numeric_looking(catalog_column const& c) {
        return !c.values->empty() &&
               std::all_of(c.values->begin(), c.values->end(), [](std::string const& v) {
                   return v.find_first_not_of("0123456789.-") == std::string::npos;
               });
    }

    // Only keys: each row pairs two others.
    bool pure_junction(int t) const {
        auto const& columns = known_.table(t).columns;
        return std::all_of(columns.begin(), columns.end(), [](catalog_column const& c) { return c.key; });
    }

    void group(select_statement& out, shape const& s) const {
        auto const add = [&](expression e) {
            bool const there =
                std::any_of(out.group_by.begin(), out.group_by.end(), [&](expression const& g) {
                    return g.what == e.what && e.what == expression::kind::column && g.name == e.name &&
                           g.alias == e.alias;
                });
            if (!there) out.group_by.push_back(std::move(e));
        };
        for (auto const& g : s.groups) {
            auto const& c = chosen(g.what);
            auto const& t = known_.table(c.where.table);
            bool const entity = (c.where.column < 0 || (c.where.table != root_ &&
                                                        c.where.table == s.subject && all_of_subject(s))) &&
                                t.primary_key >= 0;
            if (entity) add(plain_column({c.where.table, t.primary_key}));
            if (c.where.column >= 0)
                add(dated(g, plain_column(c.where)));
            else
                for (auto& e : shown(g))
                    if (e.what == expression::kind::column) add(std::move(e));
        }
        for (auto const& q : s.shown)
            if (q.how == aggregate::none)
                for (auto& e : shown(q)) {
                    if (e.what == expression::kind::column) add(std::move(e));
                }
    }

    // What is shown are attributes of one thing that has a key, not values to group by.
    bool all_of_subject(shape const& s) const {
        return std::any_of(s.shown.begin(), s.shown.end(), [&](quantity const& q) {
            if (q.how != aggregate::none || table_of(q) != s.subject) return false;
            auto const& c = chosen(q.what);
            if (c.where.column < 0) return true;
            auto const& t = known_.table(c.where.table);
            auto const& names = t.name_columns;
            return c.where.column == t.primary_key ||
                   std::find(names.begin(), names.end(), c.where.column) != names.end();
        });
    }

    void order(select_statement& out, ordering const& o, shape const& s) const {
        bool descending = o.descending;
        if (o.by.how != aggregate::none) {
            out.order_by.push_back({measure(o.by), descending});
            return;
        }
        auto const& c = chosen(o.by.what);
        if (c.inverse) descending = !descending;
        for (auto& e : shown(o.by)) {
            if (s.grouped && s.base >= 0 && c.where.column >= 0 && !in_group(out, e)) {
                bool const adds = column(c.where).kind == column_kind::number && !column(c.where).key;
                if (!adds || root_ != c.where.table)
                    throw cannot{"how to order groups by " + column(c.where).name};
                e = call_of("SUM", {e});
            }
            out.order_by.push_back({std::move(e), descending});
        }
    }

    static bool in_group(select_statement const& s, expression const& e) {
        return std::any_of(s.group_by.begin(), s.group_by.end(), [&](expression const& g) {
            return g.what == e.what && g.name == e.name && g.alias == e.alias;
        });
    }

    // ---- conditions ----

    void conditions(std::vector<condition> const& list, std::vector<expression>& out) const {
        for (auto const& c : list) {
            auto made = test_of(plain_column(chosen(c.left.what).where), c);
            if (c.or_previous && !out.empty()) {
                auto before = std::move(out.back());
                out.back() = any_of({std::move(before), std::move(made)});
            } else {
                out.push_back(std::move(made));
            }
        }
    }

    expression literal_expression(literal const& l, column_place beside, bool counted) const {
        auto const kind = beside.column < 0 ? column_kind::number : column(beside).kind;
        switch (l.what) {
            case literal::kind::number:
                return counted || kind == column_kind::number || kind == column_kind::flag
                           ? number_literal(l.text)
                           : text_literal(l.text);
            case literal::kind::value: {
                auto const& v = chosen(l.value);
                bool const fits = frame_.at(l.value).column_of < 0 || v.where == beside || v.value != nullptr;
                return text_literal(fits ? *v.value : l.text);
            }
            default:
                return text_literal(l.text);
        }
    }

    expression test_of(expression left, condition const& c) const {
        bool const counted = c.left.how == aggregate::count;
        column_place const place = c.left.what >= 0 ? chosen(c.left.what).where : column_place{};
        if (c.how == test::missing) {
            expression made{expression::kind::is_null};
            made.distinct = c.negated;
            made.arguments.push_back(std::move(left));
            return made;
        }
        auto how = c.how;
        bool const inverse = c.left.what >= 0 && chosen(c.left.what).inverse;
        if (inverse)
            how = how == test::more       ? test::less
                  : how == test::less     ? test::more
                  : how == test::at_least ? test::at_most
                  : how == test::at_most  ? test::at_least
                                          : how;
        if (c.against) return compare(std::move(left), how, c.negated, average_of(*c.against));
        if (c.right.empty()) throw cannot{"what to compare with"};
        bool const dates = c.right[0].what == literal::kind::period && !counted && place.column >= 0;
        if (dates && column(place).kind == column_kind::date) return in_period(std::move(left), how, c);
        if (dates && !c.right[0].when->year_only && !column(place).integer_year)
            throw cannot{"which date is meant"};
        if (how == test::contains || how == test::starts || how == test::ends)
            return pattern(std::move(left), how, c);
        std::vector<expression> values;
        for (auto const& l : c.right)
            values.push_back(dates ? year_of(l, place) : literal_expression(l, place, counted));
        if (how == test::between) {
            if (values.size() != 2) throw cannot{"between what"};
            expression made{expression::kind::between};
            made.arguments = {std::move(left), std::move(values[0]), std::move(values[1])};
            return c.negated ? negation_of(std::move(made)) : made;
        }
        if (values.size() > 1) {
            expression made{expression::kind::list};
            made.arguments.push_back(std::move(left));
            for (auto& v : values)
                made.arguments.push_back(std::move(v));
            return c.negated ? negation_of(std::move(made)) : made;
        }
        return compare(std::move(left), how, c.negated, std::move(values[0]));
    }

    // A year beside a column of years.
    expression year_of(literal const& l, column_place place) const {
        auto const digits =
            l.when ? std::to_string(int(std::chrono::year_month_day(l.when->from).year())) : l.text;
        return column(place).kind == column_kind::number ? number_literal(digits) : text_literal(digits);
    }

    static expression compare(expression left, test how, bool negated, expression right) {
        char const* op = "=";
        switch (how) {
            case test::more:
                op = negated ? "<=" : ">";
                break;
            case test::less:
                op = negated ? ">=" : "<";
                break;
            case test::at_least:
            case test::since:
                op = negated ? "<" : ">=";
                break;
            case test::at_most:
                op = negated ? ">" : "<=";
                break;
            default:
                op = negated ? "<>" : "=";
        }
        return binary_of(std::move(left), op, std::move(right));
    }

    expression average_of(quantity const& q) const {
        static constexpr char const* names[] = {"", "COUNT", "SUM", "AVG", "MIN", "MAX"};
        auto const& c = chosen(q.what);
        if (c.where.column < 0) throw cannot{"the average of what"};
        auto inner = std::make_shared<select_statement>();
        inner->columns.push_back({call_of(names[int(q.how)], {column_of({}, column(c.where).name)}), {}});
        inner->from.push_back({known_.table(c.where.table).name, {}, {}});
        expression made{expression::kind::subquery};
        made.query = std::move(inner);
        return made;
    }

    static expression in_period(expression left, test how, condition const& c) {
        std::vector<expression> any;
        auto const day = [](std::chrono::sys_days d) { return text_literal(iso_date(d)); };
        if (how == test::between && c.right.size() == 2 && c.right[1].when) {
            any.push_back(all_of({binary_of(left, ">=", day(c.right[0].when->from)),
                                  binary_of(left, "<", day(c.right[1].when->until))}));
        } else {
            for (auto const& l : c.right) {
                if (!l.when) throw cannot{"which date is meant"};
                auto const& p = *l.when;
                if (how == test::more)
                    any.push_back(binary_of(left, ">=", day(p.until)));
                else if (how == test::less)
                    any.push_back(binary_of(left, "<", day(p.from)));
                else if (how == test::at_least)
                    any.push_back(binary_of(left, ">=", day(p.from)));
                else if (how == test::at_most)
                    any.push_back(binary_of(left, "<", day(p.until)));
                else
                    any.push_back(
                        all_of({binary_of(left, ">=", day(p.from)), binary_of(left, "<", day(p.until))}));
            }
        }
        auto made = any_of(std::move(any));
        return c.negated ? negation_of(std::move(made)) : made;
    }

    static expression pattern(expression left, test how, condition const& c) {
        auto const& text = c.right[0].text;
        expression made;
        if (text.find_first_of("%_") != std::string::npos) {
            if (how != test::contains) throw cannot{"a pattern with % or _"};
            made = binary_of(call_of("instr", {call_of("lower", {std::move(left)}),
                                               call_of("lower", {text_literal(text)})}),
                             ">", number_literal("0"));
        } else {
            auto const pattern = (how == test::starts ? "" : "%") + text + (how == test::ends ? "" : "%");
            made = binary_of(std::move(left), "LIKE", text_literal(pattern));
        }
        return c.negated ? negation_of(std::move(made)) : made;
    }

    // ---- sub-queries ----

    // Rows of `from` that have (or have no) row of `to` for which the conditions hold.
    expression semi_join(int from, int to, std::vector<condition> const& list, bool negated) {
        auto plan = joins_.connect({from, to}, preferred_);
        if (!plan || plan->steps.empty())
            throw cannot{"how " + known_.table(from).name + " and " + known_.table(to).name +
                         " belong together"};
        if (plan->ambiguous) certainty_ -= 0.25;
        auto const first = plan->steps.front();
        auto const& edge = known_.edges()[std::size_t(first.edge)];
        if (edge.columns.size() != 1) throw cannot{"how to join on several columns"};
        column_place const outer{from, first.fans_out ? edge.columns[0].second : edge.columns[0].first};
        column_place const inner{first.to, first.fans_out ? edge.columns[0].first : edge.columns[0].second};
        join_plan rest;
        rest.tables.assign(plan->tables.begin() + 1, plan->tables.end());
        rest.steps.assign(plan->steps.begin() + 1, plan->steps.end());
        while (!rest.steps.empty() && list.empty() && !rest.steps.back().fans_out) {
            rest.steps.pop_back();
            rest.tables.pop_back();
        }
        auto query = std::make_shared<select_statement>();
        for (auto t : rest.tables)
            touched_.insert(t);
        query->columns.push_back({named(inner), {}});
        join(*query, rest);
        std::vector<expression> where;
        for (auto const& c : list) {
            auto made = test_of(named(chosen(c.left.what).where), c);
            if (c.or_previous && !where.empty()) {
                auto before = std::move(where.back());
                where.back() = any_of({std::move(before), std::move(made)});
            } else {
                where.push_back(std::move(made));
            }
        }
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

    expression absence(int from, presence const& p) {
        auto const to = chosen(p.what).where.table;
        auto const scope = &p - frame_.presences.data();
        std::vector<condition> inner;
        for (auto const& c : frame_.conditions)
            if (c.within == scope) inner.push_back(c);
        several_ = true;
        return semi_join(from, to, inner, true);
    }

    frame const& frame_;
    catalog const& known_;
    join_graph const& joins_;
    std::set<int> preferred_;
    std::set<int> touched_;
    std::map<column_place, column_place> stand_ins_;
    std::vector<condition> singles_;
    std::vector<std::string> notes_;
    double certainty_ = 1;
    int root_ = -1, base_ = -1;
    bool several_ = false;
    bool counted_per_group_ = false;
};

}  // namespace

composed compose(frame const& f, catalog const& known, join_graph const& joins) {
    return composer(f, known, joins).run();
}

}  // namespace vanna::ask::builtin
