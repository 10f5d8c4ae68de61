// Gathers what a question is answered from: the schema of the target as it is now, the business terms, the
// approved pairs and today's date in TARGET_TIMEZONE. Called by the API and the command line before the
// pipeline.
#pragma once
#include "core/ask/knowledge_cache.hpp"
#include "core/sql/target.hpp"

namespace vanna::ask {

// conflict with type "target-disabled", or unavailable while there is no schema. PostgreSQL away: the terms
// and pairs that were read last.
awaitable<result<context>> context_of(std::string question, sql::target const& target, knowledge_cache& cache,
                                      knowledge_store& store, deadline limit);

}  // namespace vanna::ask
