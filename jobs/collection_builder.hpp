// Makes the next generation of the knowledge base's collection: filled, counted, and current for nobody yet.
// Training and restore publish what it made; where it fails, nothing stays behind.
#pragma once
#include <functional>
#include <unordered_map>

#include "core/ask/documents.hpp"
#include "core/ask/embedder.hpp"
#include "core/sql/target.hpp"
#include "db/chroma/client.hpp"

namespace vanna::jobs {

// Vectors by document id.
using vectors_by_id = std::unordered_map<std::string, ask::embedding>;
// Where vectors are known already: of these ids (at most a batch) those it has. Of another dimension than the
// embedder's they count as unknown.
using known_vectors = std::function<awaitable<result<vectors_by_id>>(std::vector<std::string> ids, deadline)>;

struct collection_plan {
    std::string base_name = "vanna_knowledge";  // CHROMA_COLLECTION
    std::string current = {};                   // the collection that answers now; empty: none
    std::vector<ask::document> documents = {};  // each id once
    known_vectors known = {};                   // empty: every document is embedded
    std::size_t batch_size = 100;               // CHROMA_BATCH_SIZE
    // Called after each batch.
    std::function<void(std::size_t written, std::size_t of)> progress = {};
    // Asked before each batch: true ends it as cancelled.
    std::function<bool()> cancelled = {};
    // Told the collection's name before it is made; an error ends it there.
    std::function<awaitable<result<void>>(std::string name)> named = {};
    // Ends a call that ChromaDB or the embedder does not answer. Null: nobody can.
    std::shared_ptr<sql::stop_flag> stop = {};
};

struct built_collection {
    chroma::collection made;
    std::size_t reused = 0, embedded = 0;
};

// invalid_input: the collection's name. cancelled. unavailable: ChromaDB or the embedder, or fewer documents
// are there than were written. `embedder` is ready.
awaitable<result<built_collection>> build_collection(chroma::client& chroma, ask::embedder& embedder,
                                                     collection_plan plan, deadline limit);

// The vectors of a collection that is there, by its id. `chroma` outlives it.
known_vectors vectors_of(chroma::client& chroma, std::string collection_id);

// Drops what was built and is not wanted after all; what cannot be dropped now goes with the next training.
awaitable<void> discard(chroma::client& chroma, std::string name, std::shared_ptr<sql::stop_flag> stop);

}  // namespace vanna::jobs
