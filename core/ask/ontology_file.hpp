// Business terms from a YAML file (config/ontology.yaml): a list of maps with term_name, description,
// synonyms, data_source and owner. Read by init, which skips the terms that exist.
#pragma once
#include <string>
#include <vector>

#include "core/ask/ports.hpp"

namespace vanna::ask {

struct ontology {
    std::vector<term> terms;  // without ids
    std::vector<std::string>
        problems;  // "line 12: description: expected a text"; not empty: do not use the terms
};

// not_found: no such file. A file that cannot be understood is a problem in the answer, not an error.
result<ontology> read_ontology_file(std::string const& path);
ontology read_ontology(std::string const& yaml);

}  // namespace vanna::ask
