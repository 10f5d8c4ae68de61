// What a resolved frame computes, and over which rows: its measures, its groups, and which conditions are on
// rows and which on groups. The composer makes a statement of it.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "core/ask/builtin/frame.hpp"

namespace vanna::ask::builtin {

struct cannot {  // thrown: why no statement can be made
    std::string why;
};

struct query_shape {
    std::vector<quantity> shown;
    std::vector<quantity> groups;
    std::vector<ordering> order;
    std::vector<condition> having, where;
    bool aggregated = false;  // the output is
    bool grouped = false;
    bool ranked_by_measure = false;
    std::optional<long> limit;
    std::optional<ordering> of_extreme;  // measured are only the rows of the first ones by this order
    bool extreme = false;  // of the rows only the one with the lowest or highest of what it is ordered by
    int base = -1;         // whose rows are counted or summed
    int subject = -1;      // whose rows are shown
};

// Throws `cannot`.
query_shape shape_of(frame const& f, catalog const& known);

}  // namespace vanna::ask::builtin
