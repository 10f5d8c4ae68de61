// Takes verified pairs from a file: all of them or, where one does not fit, none. For the API and the command
// line.
#pragma once
#include "core/ask/pair_file.hpp"
#include "core/sql/target.hpp"

namespace vanna::ask {

struct import_how {
    std::string by;
    bool approve = false;  // else they are proposals
    uuid asked_by = {};    // whose share of the target's threads the checks take
    std::chrono::milliseconds statement_limit{10000};
    std::function<void(example const&)> approved = {};  // told of each at once: what comes later may fail
};

struct import_report {
    std::size_t proposed = 0, approved = 0, known = 0;  // known: there already, and not changed
};

// invalid_input, with every pair that the target refuses or that contradicts an approved one by its line:
// nothing was imported. Any other error: what was imported before it stays, and is known the next time.
awaitable<result<import_report>> import_pairs(knowledge_store& into, sql::target& target,
                                              std::vector<filed_pair> pairs, import_how how, deadline limit);

}  // namespace vanna::ask
