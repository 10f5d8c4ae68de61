// Statements that try to get past the read-only guard of a SQLite target, or to use it up, and what each must
// be answered with. The tests run all of them with every layer in place and with each layer taken away.
#pragma once
#include <string>
#include <vector>

#include "db/sqlite/options.hpp"

namespace vanna::test {

struct bypass {
    std::string sql;
    std::string answer;  // "query-refused read-only", "query-invalid", "query-too-large", "deadline-exceeded"
    unsigned own = 0;    // layers that alone stand against it: without one of them it runs, harmlessly
};

// `folder`: where a file would appear if one of them could write.
std::vector<bypass> bypass_corpus(std::string const& folder);

// Views of views, each twice the one before: small to write, without end to prepare.
std::string doubling(int levels);

// Reads that the guard must let through. They run on the corpus's schema.
std::vector<std::string> honest_corpus();

// Tables t(a, b), notes (full text) and their rows.
extern char const* const corpus_schema;

}  // namespace vanna::test
