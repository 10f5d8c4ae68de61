// Turns a resolved frame into one SELECT. Rows are never counted or summed twice: what would multiply the
// rows of the thing measured becomes a condition with a sub-query, and what cannot be said so is declined.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "core/ask/builtin/frame.hpp"
#include "core/ask/builtin/joins.hpp"
#include "core/ask/builtin/statement.hpp"

namespace vanna::ask::builtin {

struct composed {
    std::optional<select_statement> statement;  // nothing: `problem` says why
    std::string problem;
    std::vector<std::string> notes;
    std::vector<int> tables;
    double certainty = 1;
};

composed compose(frame const& f, catalog const& known, join_graph const& joins);

}  // namespace vanna::ask::builtin
