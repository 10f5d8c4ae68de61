// What the knowledge base is made of: one text for each table's DDL, for what a table is about, for the
// values of a column that has few, for each business term and each verified pair. Ids are hashes of the
// content, so that the same schema and knowledge always make the same documents.
#pragma once
#include <vector>

#include "core/ask/ports.hpp"

namespace vanna::ask {

struct knowledge_sources {
    std::shared_ptr<sql::schema const> schema;
    std::vector<term> terms;
    std::vector<example> examples;  // approved ones are taken
    bool with_values = true;        // values of rows: off where a remote embedder must not see data
};

// A pair as it is learnt and told; its statement has only the question's own values unless `with_values`.
// `schema` may be null.
std::string pair_text(example const& e, bool with_values, sql::schema const* schema);

// Sorted by id, each id once.
std::vector<document> make_documents(knowledge_sources const& from);

}  // namespace vanna::ask
