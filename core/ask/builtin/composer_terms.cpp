#include <algorithm>

#include "core/ask/builtin/composer.hpp"

namespace vanna::ask::builtin {

// The condition of a term is one of the whole statement: what is measured beside it must have the same.
void composer::check_measures() const {
    std::set<std::string> filters, names;
    auto const see = [&](quantity const& q) {
        if (q.how == aggregate::none) return;
        auto const* term = q.what < 0 ? nullptr : chosen(q.what).means;
        filters.insert(term ? lower(term->filter) : "");
        if (term) names.insert(term->term);
    };
    for (auto const& q : s_.shown)
        see(q);
    for (auto const& o : s_.order)
        see(o.by);
    for (auto const& c : s_.having)
        see(c.left);
    if (filters.size() > 1) throw cannot{"how to compute " + *names.begin() + " beside the rest"};
}

std::vector<formula const*> composer::terms_in_use() const {
    std::vector<formula const*> all;
    for (int r = 0; r < int(frame_.references.size()); ++r) {
        auto const* term = chosen(r).means;
        bool const denied = std::any_of(frame_.presences.begin(), frame_.presences.end(),
                                        [&](presence const& p) { return p.negated && p.what == r; });
        if (term && !denied && std::find(all.begin(), all.end(), term) == all.end()) all.push_back(term);
    }
    return all;
}

void composer::place_terms(select_statement& out) {
    bool const measured = s_.base >= 0 || s_.aggregated;
    for (auto const* term : terms_in_use()) {
        notes_.push_back(term->term + " is " + term->source);
        auto const t = term->of.table;
        bool const joined = std::find(joined_.begin(), joined_.end(), t) != joined_.end();
        if (!joined && apart_.contains(t)) {
            bool const alone = std::all_of(term->columns.begin(), term->columns.end(),
                                           [&](column_place const& c) { return c.table == t; });
            if (!alone) throw cannot{"how to ask for " + term->term + " there"};
            if (term->where) filters_apart_[t].push_back(*term->where);
            continue;
        }
        if (!joined && fans_out(root_, t)) {
            if (measured) throw cannot{"how to count " + term->term + " without counting rows twice"};
            out.distinct = true;
        }
        need(t);
        for (auto const& read : term->columns)
            need(read.table);
        bool const there = std::any_of(filters_.begin(), filters_.end(), [&](formula const* f) {
            return lower(f->filter) == lower(term->filter);
        });
        if (term->where && !there) filters_.push_back(term);
    }
}

// A term's expression with its columns as this statement writes them.
expression composer::localised(expression e) const {
    if (e.what == expression::kind::column) {
        for (int t = 0; t < int(known_.tables().size()); ++t) {
            if (known_.table(t).name != e.alias) continue;
            auto const& columns = known_.table(t).columns;
            for (int c = 0; c < int(columns.size()); ++c)
                if (columns[std::size_t(c)].name == e.name) return plain_column({t, c});
        }
    }
    for (auto& a : e.arguments)
        a = localised(std::move(a));
    return e;
}

expression composer::value_of(candidate const& c) const {
    return c.means && c.where.column >= 0 ? localised(c.means->value) : plain_column(c.where);
}

}  // namespace vanna::ask::builtin
