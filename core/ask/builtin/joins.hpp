// Paths between tables along their keys.
#pragma once
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "core/ask/builtin/catalog.hpp"

namespace vanna::ask::builtin {

struct join_step {
    int edge = -1;
    int from = -1, to = -1;  // tables; `to` is new
    bool fans_out = false;   // `to` holds the key: one row of `from` may meet many
};

struct join_plan {
    std::vector<int> tables;       // in the order they are joined
    std::vector<join_step> steps;  // one for each table but the first
    bool ambiguous = false;        // two different keys would have served one of the steps
    std::string choice;            // two tables would have served as the way to a third: which; empty: none
};

class join_graph {
  public:
    // `known` must outlive the graph.
    explicit join_graph(catalog const& known);
    // Steps between two tables; 1000 when there is no path. 0 for a table and itself.
    int distance(int a, int b) const { return distance_[std::size_t(a)][std::size_t(b)]; }
    // Connects all tables, beginning with the first; nothing when they are not connected. Edges in
    // `preferred` win over others between the same tables.
    std::optional<join_plan> connect(std::vector<int> const& tables, std::set<int> const& preferred) const;

  private:
    struct neighbour {
        int edge, table;
        bool fans_out;
    };
    void walk_from(int table);
    bool better(int edge, int than, std::set<int> const& preferred) const;
    std::vector<join_step> path(std::set<int> const& from, int to, std::set<int> const& preferred,
                                join_plan& plan) const;

    catalog const& known_;
    std::vector<int> rank_;  // by edge: how plainly its key leads to the table
    std::vector<std::vector<neighbour>> near_;
    std::vector<std::vector<int>> distance_;
};

}  // namespace vanna::ask::builtin
