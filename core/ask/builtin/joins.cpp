#include "core/ask/builtin/joins.hpp"

#include <algorithm>
#include <deque>
#include <map>

namespace vanna::ask::builtin {
namespace {
constexpr int unreachable = 1000;

// employees.department_id leads to departments plainly (2), departments.head_id to employees in a role (1);
// friends.friend_id leads to the friend, not to whose friend it is (0).
int rank_of(join_edge const& e, catalog const& known) {
    if (e.columns.size() != 1) return 1;
    auto stem = known.table(e.child).columns[std::size_t(e.columns[0].first)].words;
    if (stem.size() > 1) stem.pop_back();
    auto const ends = [&](std::vector<word> const& table) {
        return stem.size() <= table.size() &&
               std::equal(stem.rbegin(), stem.rend(), table.rbegin(),
                          [](word const& a, word const& b) { return likeness(a, b) > 0; });
    };
    return ends(known.table(e.parent).words) ? 2 : ends(known.table(e.child).words) ? 0 : 1;
}

}  // namespace

join_graph::join_graph(catalog const& known) : known_(known) {
    for (auto const& e : known.edges())
        rank_.push_back(rank_of(e, known));
    auto const n = known.tables().size();
    near_.resize(n);
    for (int e = 0; e < int(known.edges().size()); ++e) {
        auto const& edge = known.edges()[std::size_t(e)];
        if (edge.child == edge.parent) continue;
        near_[std::size_t(edge.child)].push_back({e, edge.parent, false});
        near_[std::size_t(edge.parent)].push_back({e, edge.child, true});
    }
    distance_.assign(n, std::vector<int>(n, unreachable));
    for (std::size_t t = 0; t < n; ++t)
        walk_from(int(t));
}

void join_graph::walk_from(int table) {
    auto& reached = distance_[std::size_t(table)];
    reached[std::size_t(table)] = 0;
    std::deque<int> queue{table};
    while (!queue.empty()) {
        auto const here = queue.front();
        queue.pop_front();
        for (auto const& next : near_[std::size_t(here)])
            if (reached[std::size_t(next.table)] == unreachable) {
                reached[std::size_t(next.table)] = reached[std::size_t(here)] + 1;
                queue.push_back(next.table);
            }
    }
}

// Said in the question; else called like the table it leads to.
bool join_graph::better(int edge, int than, std::set<int> const& preferred) const {
    bool const said = preferred.contains(edge), said_than = preferred.contains(than);
    if (said != said_than) return said;
    return rank_[std::size_t(edge)] > rank_[std::size_t(than)];
}

// The shortest way from any table of `from`; among equals the better keys, then the order of the schema.
std::vector<join_step> join_graph::path(std::set<int> const& from, int to, std::set<int> const& preferred,
                                        join_plan& plan) const {
    std::map<int, join_step> reached_by;
    std::map<int, int> cost;
    std::deque<int> queue;
    for (auto t : from) {
        cost[t] = 0;
        queue.push_back(t);
    }
    std::set<int> unclear;
    std::map<int, int> also_from;
    while (!queue.empty()) {
        auto const here = queue.front();
        queue.pop_front();
        for (auto const& next : near_[std::size_t(here)]) {
            join_step const step{next.edge, here, next.table, next.fans_out};
            auto const known_cost = cost.find(next.table);
            if (known_cost == cost.end()) {
                cost[next.table] = cost[here] + 1;
                reached_by[next.table] = step;
                queue.push_back(next.table);
            } else if (known_cost->second == cost[here] + 1) {
                auto& taken = reached_by[next.table];
                if (better(next.edge, taken.edge, preferred)) {
                    taken = step;
                    unclear.erase(next.table);
                } else if (!better(taken.edge, next.edge, preferred)) {
                    if (taken.from == here)
                        unclear.insert(next.table);
                    else
                        also_from.emplace(next.table, here);
                }
            }
        }
    }
    std::vector<join_step> steps;
    if (!cost.contains(to)) return steps;
    for (auto t = to; !from.contains(t); t = reached_by[t].from) {
        auto const& step = steps.insert(steps.begin(), reached_by[t]).operator*();
        plan.ambiguous = plan.ambiguous || unclear.contains(t);
        auto const other = also_from.find(t);
        if (other != also_from.end() && other->second != step.from)
            plan.choice = "whether " + known_.table(t).name + " are meant by way of " +
                          known_.table(step.from).name + " or of " + known_.table(other->second).name;
    }
    return steps;
}

std::optional<join_plan> join_graph::connect(std::vector<int> const& tables,
                                             std::set<int> const& preferred) const {
    join_plan plan;
    if (tables.empty()) return plan;
    plan.tables.push_back(tables.front());
    std::set<int> in{tables.front()};
    std::vector<int> left(tables.begin() + 1, tables.end());
    while (!left.empty()) {
        auto const nearest = std::min_element(left.begin(), left.end(), [&](int a, int b) {
            auto const away = [&](int t) {
                int best = unreachable;
                for (auto i : in)
                    best = std::min(best, distance(i, t));
                return best;
            };
            return away(a) < away(b);
        });
        auto const wanted = *nearest;
        left.erase(nearest);
        if (in.contains(wanted)) continue;
        auto const steps = path(in, wanted, preferred, plan);
        if (steps.empty()) return {};
        for (auto const& step : steps) {
            plan.steps.push_back(step);
            plan.tables.push_back(step.to);
            in.insert(step.to);
        }
    }
    return plan;
}

}  // namespace vanna::ask::builtin
