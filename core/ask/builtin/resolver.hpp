// Chooses one reading for each reference of a frame, all together: the closest names, columns on the table
// they hang on, values beside their column, and as few joins as possible.
#pragma once
#include "core/ask/builtin/frame.hpp"
#include "core/ask/builtin/joins.hpp"

namespace vanna::ask::builtin {

struct resolution {
    bool possible = false;
    double score = 0;  // mean closeness of the chosen readings, 0 to 1
    struct tie {
        int reference;
        candidate other;
    };
    std::vector<tie> ambiguous;  // references of which another reading is as good as the chosen one
};

// Sets `chosen` of every reference.
resolution resolve(frame& f, catalog const& known, join_graph const& joins);

}  // namespace vanna::ask::builtin
