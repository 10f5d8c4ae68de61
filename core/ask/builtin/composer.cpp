#include "core/ask/builtin/composer.hpp"

#include <algorithm>

namespace vanna::ask::builtin {
namespace {

bool holds(std::vector<int> const& list, int t) {
    return std::find(list.begin(), list.end(), t) != list.end();
}

bool order_is_shown(select_statement const& s) {
    return std::all_of(s.order_by.begin(), s.order_by.end(), [&](sort_key const& k) {
        return std::any_of(s.columns.begin(), s.columns.end(), [&](selected const& c) {
            return c.what.what == k.by.what && c.what.name == k.by.name && c.what.alias == k.by.alias;
        });
    });
}

}  // namespace

composed composer::run() {
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

select_statement composer::statement() {
    preferred_ = frame_.roles;
    for (auto const& r : frame_.references)
        if (r.chosen.role >= 0) preferred_.insert(r.chosen.role);
    s_ = shape_of(frame_, known_);
    check_measures();
    rows_of_extreme();
    choose_root();
    select_statement out;
    place_conditions(out);
    std::vector<expression> where;
    place_presences(out, where);
    place_terms(out);
    join(out, connect());
    conditions(where);
    if (!where.empty()) out.where = all_of(std::move(where));
    check_all_used();
    columns(out);
    limits(out);
    if (!both_.empty()) intersect(out);
    if (!joins_what_it_reads(out)) throw cannot{"how these tables belong together"};
    return out;
}

void composer::need(int table) {
    if (table >= 0 && !holds(joined_, table)) joined_.push_back(table);
}

// The tables of what is shown, grouped and ordered by.
void composer::choose_root() {
    root_ = s_.base >= 0 ? root_of_groups() : s_.subject;
    auto const asked =
        s_.base < 0 && !s_.grouped && frame_.subject >= 0 ? chosen(frame_.subject).where.table : -1;
    if (asked >= 0 && root_ >= 0 && joins_.distance(asked, root_) < 1000 && !fans_out(asked, root_))
        root_ = asked;  // "names of players", held by people: one for each player
    if (root_ < 0 && !s_.groups.empty()) root_ = table_of(s_.groups.front());
    if (root_ < 0) throw cannot{"which table is meant"};
    need(root_);
    if (s_.base >= 0 && s_.base != root_ && !pure_junction(root_)) need(s_.base);
    for (auto const& q : s_.groups)
        need(table_of(q));
    for (auto const& q : s_.shown)
        if (q.how == aggregate::none) need(table_of(q));
    for (auto const& o : s_.order)
        if (o.by.how == aggregate::none) need(table_of(o.by));
    if (!s_.of_extreme) return;
    auto const t = table_of(s_.of_extreme->by);
    if (fans_out(root_, t)) throw cannot{"which of " + known_.table(t).name + " is meant"};
    if (known_.table(t).primary_key < 0) throw cannot{"which row of " + known_.table(t).name + " is meant"};
    need(t);
}

// On joined tables, by sub-query where rows would multiply.
void composer::place_conditions(select_statement& out) {
    bool const measured = s_.base >= 0 || s_.aggregated;
    auto const core = joined_;
    for (auto const& c : s_.where) {
        auto const t = table_of(c.left);
        if (t < 0 || chosen(c.left.what).where.column < 0) throw cannot{"which column is compared"};
        bool const multiplies = !holds(core, t) && fans_out(root_, t);
        if (multiplies && (c.all || c.both || excludes_another(c)) && !c.negated && !c.or_previous) {
            each_apart(c);
            continue;
        }
        if (c.both || (!multiplies && !c.negated && !c.or_previous && excludes_another(c))) {
            if (!shows_categories()) throw cannot{"whether one and the same must be both"};
            need(t);
            both_.push_back(c);
            continue;
        }
        if (multiplies && (measured || c.negated)) {
            if (c.negated || c.or_previous)
                singles_.push_back(c);
            else
                apart_[t].push_back(c);
            continue;
        }
        if (multiplies) out.distinct = true;
        need(t);
        plain_.push_back(c);
    }
}

void composer::place_presences(select_statement& out, std::vector<expression>& where) {
    bool const measured = s_.base >= 0 || s_.aggregated;
    for (auto const& p : frame_.presences) {
        auto const t = chosen(p.what).where.table;
        if (p.negated) {
            where.push_back(absence(owner_of(p), p));
            continue;
        }
        bool const asked_apart = std::any_of(singles_.begin(), singles_.end(), [&](condition const& c) {
            return !c.negated && (table_of(c.left) == t || joins_.distance(t, table_of(c.left)) == 1);
        });
        if (holds(joined_, t) || apart_.contains(t) || asked_apart) continue;
        if (fans_out(root_, t)) {
            if (measured) {
                apart_[t];
                continue;
            }
            out.distinct = true;
        }
        need(t);
    }
}

join_plan composer::connect() {
    auto plan = joins_.connect(joined_, preferred_);
    if (!plan) throw cannot{"how these tables belong together"};
    if (!plan->choice.empty()) throw cannot{plan->choice};
    if (plan->ambiguous) throw cannot{"by which of its keys " + known_.table(root_).name + " are meant"};
    several_ = plan->tables.size() > 1 || !apart_.empty() || !singles_.empty() ||
               std::any_of(frame_.presences.begin(), frame_.presences.end(),
                           [](presence const& p) { return p.negated; });
    for (auto const& p : frame_.presences)
        if (p.negated && holds(plan->tables, chosen(p.what).where.table))
            throw cannot{"whether " + known_.table(chosen(p.what).where.table).name + " are wanted or not"};
    prune(*plan);
    for (auto t : plan->tables)
        touched_.insert(t);
    return std::move(*plan);
}

void composer::conditions(std::vector<expression>& where) {
    for (auto const& c : plain_)
        add_condition(where, writer_.test_of(value_of(chosen(c.left.what)), c), c.or_previous);
    if (s_.of_extreme) where.push_back(extreme_rows());
    for (auto const* term : filters_)
        where.push_back(localised(*term->where));
    for (auto const& [t, list] : apart_)
        where.push_back(semi_join(root_, t, list, filters_apart_[t], false));
    for (auto const& c : singles_) {
        auto positive = c;
        positive.negated = false;
        where.push_back(semi_join(root_, table_of(c.left), {positive}, {}, c.negated));
    }
}

// A table that is named but plays no part would be asked for in vain.
void composer::check_all_used() const {
    for (int i = 0; i < int(frame_.references.size()); ++i) {
        auto const& r = frame_.at(i);
        bool const denied = std::any_of(frame_.presences.begin(), frame_.presences.end(),
                                        [&](presence const& p) { return p.negated && p.what == i; });
        if (!denied && r.is_table() && r.chosen.where.table != s_.base &&
            !touched_.contains(r.chosen.where.table) && !holds(joined_, r.chosen.where.table))
            throw cannot{"what " + known_.table(r.chosen.where.table).name + " have to do with it"};
    }
}

void composer::columns(select_statement& out) {
    for (auto const& q : s_.shown)
        for (auto& e : shown(q)) {
            bool const there = std::any_of(out.columns.begin(), out.columns.end(), [&](selected const& c) {
                return e.what == expression::kind::column && c.what.what == e.what && c.what.name == e.name &&
                       c.what.alias == e.alias;
            });
            if (!there) out.columns.push_back({std::move(e), {}});
        }
    if (out.columns.empty()) throw cannot{"what to show"};
    if (s_.grouped) group(out);
    std::vector<expression> having;
    for (auto const& c : s_.having)
        having.push_back(writer_.test_of(measure(c.left), c));
    if (having.empty()) return;
    if (!s_.grouped) throw cannot{"of what there should be so many"};
    out.having = all_of(std::move(having));
}

void composer::limits(select_statement& out) {
    for (auto const& o : s_.order)
        order(out, o);
    if (s_.limit && !s_.of_extreme) out.limit = s_.limit;
    if (s_.extreme && column(chosen(s_.order[0].by.what).where).nullable) {
        expression present{expression::kind::is_null};
        present.distinct = true;
        present.arguments.push_back(value_of(chosen(s_.order[0].by.what)));
        std::vector<expression> all;
        if (out.where) all.push_back(std::move(*out.where));
        all.push_back(std::move(present));
        out.where = all_of(std::move(all));
    }
    if (frame_.distinct && !s_.grouped && !s_.aggregated) out.distinct = true;
    bool const one = !frame_.distinct && frame_.subject >= 0 && frame_.at(frame_.subject).singular;
    if (one || (out.distinct && !s_.order.empty() && !order_is_shown(out))) out.distinct = false;
}

composed compose(frame const& f, catalog const& known, join_graph const& joins) {
    return composer(f, known, joins).run();
}

}  // namespace vanna::ask::builtin
