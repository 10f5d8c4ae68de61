// Verified pairs as a YAML file: a list of maps with question and sql, as people keep them under version
// control. What else an export says of a pair (state, who, when) is for its readers; an import leaves it
// out.
#pragma once
#include "core/ask/ports.hpp"

namespace vanna::ask {

struct filed_pair {
    int line = 0;
    std::string question, sql;
};

struct pair_file {
    std::vector<filed_pair> pairs;
    std::vector<field_error> problems;  // {"line 12", "sql: is missing"}; not empty: do not use the pairs
};

struct pair_bounds {
    std::size_t most_question_chars = 2000, most_sql_bytes = 100'000, most_pairs = 2000;
};

pair_file read_pairs(std::string const& yaml, pair_bounds within);
// The oldest first. read_pairs() gives every question and statement back byte for byte.
std::string write_pairs(std::vector<example> pairs);

}  // namespace vanna::ask
