// Training: makes the knowledge base from the target's schema, the ontology and the verified pairs. A run
// with nothing new writes nothing; otherwise a new collection is built beside the current one and then made
// current, so that a crash at any point leaves the old one answering. Run by init and by the training job,
// one at a time (their lock).
#pragma once
#include <functional>

#include "core/ask/documents.hpp"
#include "core/ask/embedder.hpp"
#include "core/replica/state.hpp"
#include "core/sql/target.hpp"
#include "db/chroma/client.hpp"

namespace vanna::jobs {

struct training_parts {
    chroma::client& chroma;
    ask::embedder& embedder;
    replica::store& replicas;
};

struct training_options {
    std::string base_name = "vanna_knowledge";  // CHROMA_COLLECTION
    std::size_t batch_size = 100;               // CHROMA_BATCH_SIZE
    std::string target = "default";             // in schema_versions
    bool look_only = false;                     // report what a run would change, change nothing
    // Called as it goes: what is being done, and 0 to 100.
    std::function<void(std::string_view stage, int percent)> progress;
    // Asked between batches: true ends the run as cancelled; what was built of it goes.
    std::function<bool()> cancelled;
    // Ends a call that a store or the embedder does not answer. Null: nobody can.
    std::shared_ptr<sql::stop_flag> stop;
    // Asked before the new collection becomes current; an error (a lost lock) ends the run without
    // publishing.
    std::function<awaitable<result<void>>(deadline)> may_publish;
};

struct training_report {
    bool changed = false;         // a new collection was made
    bool schema_changed = false;  // a schema version was recorded
    std::size_t added = 0, removed = 0, kept = 0;
    std::string collection;            // the current one now
    std::vector<std::string> dropped;  // collections of earlier runs that were removed
    boost::json::value schema_difference;
    std::chrono::milliseconds duration{};
};

// As a job's result and the command line's --json.
boost::json::object view(training_report const& r);

// invalid_input: the collection's name. cancelled. unavailable: ChromaDB, PostgreSQL or the embedder.
// conflict: another training published first.
awaitable<result<training_report>> train(training_parts with, ask::knowledge_sources from,
                                         training_options how, deadline limit);

// What earlier runs left: collections before the current one when that became current more than five minutes
// ago (replicas may still be reading), and with `unfinished` those after it, of runs that were killed: only
// where no training can be on its way.
awaitable<result<std::vector<std::string>>> retired(training_parts with, std::string base_name,
                                                    bool unfinished, deadline limit);
// Drops them; names of those dropped.
awaitable<result<std::vector<std::string>>> drop_retired(training_parts with, std::string base_name,
                                                         bool unfinished, deadline limit);

// Adds a pair that was approved just now to the current collection; false: there is none, or it is another
// embedder's. Call it with the cluster's lock held.
// `with_values` as in knowledge_sources.
awaitable<result<bool>> add_pair(training_parts with, ask::example approved, bool with_values,
                                 deadline limit);

}  // namespace vanna::jobs
