#include "core/ask/builtin/resolver.hpp"

#include <algorithm>

#include "core/ask/builtin/stable.hpp"

namespace vanna::ask::builtin {
namespace {

constexpr std::size_t beam = 48;
constexpr double join_cost = 0.22;

struct state {
    std::vector<int> picks;  // option index by reference
    std::vector<int> tables;
    double score = 0;
};

class resolver {
  public:
    resolver(frame& f, catalog const& known, join_graph const& joins)
        : frame_(f), known_(known), joins_(joins) {}

    resolution run() {
        std::vector<state> states{{std::vector<int>(frame_.references.size(), -1), {}, 0}};
        for (std::size_t r : order()) {
            std::vector<state> next;
            for (auto const& s : states)
                for (std::size_t o = 0; o < frame_.references[r].options.size(); ++o)
                    if (auto grown = add(s, r, o)) next.push_back(std::move(*grown));
            sort_stably(next, [](auto const& a, auto const& b) { return a.score > b.score; });
            if (next.size() > beam) next.resize(beam);
            states = std::move(next);
            if (states.empty()) return {};
        }
        resolution done;
        done.possible = true;
        auto const& best = states.front();
        double sum = 0;
        for (std::size_t r = 0; r < frame_.references.size(); ++r) {
            auto& ref = frame_.references[r];
            ref.chosen = ref.options[std::size_t(best.picks[r])];
            sum += ref.chosen.score;
        }
        done.score = frame_.references.empty() ? 1 : std::min(1.0, sum / double(frame_.references.size()));
        if (states.size() > 1 && best.score - states[1].score < 0.01)
            for (std::size_t r = 0; r < frame_.references.size(); ++r)
                if (states[1].picks[r] != best.picks[r] && different(r, best, states[1]))
                    done.ambiguous.push_back({int(r), option(states[1], int(r))});
        return done;
    }

  private:
    // Owners and columns before what hangs on them.
    std::vector<std::size_t> order() const {
        std::vector<std::size_t> done;
        std::vector<bool> taken(frame_.references.size(), false);
        auto const visit = [&](auto const& self, std::size_t r) -> void {
            if (taken[r]) return;
            taken[r] = true;
            if (auto const o = frame_.references[r].owner; o >= 0) self(self, std::size_t(o));
            if (auto const c = frame_.references[r].column_of; c >= 0) self(self, std::size_t(c));
            done.push_back(r);
        };
        for (std::size_t r = 0; r < frame_.references.size(); ++r)
            visit(visit, r);
        return done;
    }

    candidate const& option(state const& s, int ref) const {
        return frame_.at(ref).options[std::size_t(s.picks[std::size_t(ref)])];
    }

    bool different(std::size_t r, state const& a, state const& b) const {
        auto const &one = option(a, int(r)), &other = option(b, int(r));
        return !(one.what == candidate::kind::value && same_column(one.where, other.where)) &&
               one.where != other.where;
    }

    std::optional<state> add(state const& s, std::size_t r, std::size_t o) const {
        auto const& ref = frame_.references[r];
        auto const& c = ref.options[o];
        auto grown = s;
        grown.picks[r] = int(o);
        grown.score += c.score;
        if (known_.table(c.where.table).view) grown.score -= 0.3;
        if (leads_to_another(ref, c)) grown.score -= 0.02;
        if (c.what == candidate::kind::value && ref.column_of >= 0) {
            auto const& beside = option(s, ref.column_of);
            grown.score += same_column(beside.where, c.where)    ? 0.6
                           : beside.where.table == c.where.table ? -0.2
                                                                 : -0.3;
            if (beside.what != candidate::kind::table)
                return grown;  // the literal is compared with that column
        }
        if (ref.owner >= 0) {
            auto const& owner = option(s, ref.owner);
            auto const away = joins_.distance(owner.where.table, c.where.table);
            grown.score += away == 0 ? 0.3 : away == 1 ? 0.0 : -0.15;
        }
        if (std::find(grown.tables.begin(), grown.tables.end(), c.where.table) == grown.tables.end()) {
            int nearest = grown.tables.empty() ? 0 : 1000;
            for (auto t : grown.tables)
                nearest = std::min(nearest, joins_.distance(t, c.where.table));
            if (nearest >= 1000) return {};
            grown.score -= join_cost * nearest;
            grown.tables.push_back(c.where.table);
        }
        if (c.means)
            for (auto const& read : c.means->columns)
                if (std::find(grown.tables.begin(), grown.tables.end(), read.table) == grown.tables.end())
                    grown.tables.push_back(read.table);
        return grown;
    }

    // A key whose other end has the same name: that end is meant, all else being equal.
    bool leads_to_another(reference const& ref, candidate const& c) const {
        if (c.what != candidate::kind::column) return false;
        return std::any_of(known_.edges().begin(), known_.edges().end(), [&](join_edge const& e) {
            if (e.columns.size() != 1 || column_place{e.child, e.columns[0].first} != c.where) return false;
            return std::any_of(ref.options.begin(), ref.options.end(), [&](candidate const& o) {
                return o.what == candidate::kind::column && o.score >= c.score &&
                       o.where == column_place{e.parent, e.columns[0].second};
            });
        });
    }

    // The same column, or one side of a key to the other.
    bool same_column(column_place a, column_place b) const {
        if (a == b) return true;
        if (b.column < 0) return false;
        for (auto const& e : known_.edges())
            for (auto const& [child, parent] : e.columns)
                if ((column_place{e.child, child} == a && column_place{e.parent, parent} == b) ||
                    (column_place{e.parent, parent} == a && column_place{e.child, child} == b))
                    return true;
        return false;
    }

    frame& frame_;
    catalog const& known_;
    join_graph const& joins_;
};

}  // namespace

resolution resolve(frame& f, catalog const& known, join_graph const& joins) {
    return resolver(f, known, joins).run();
}

}  // namespace vanna::ask::builtin
