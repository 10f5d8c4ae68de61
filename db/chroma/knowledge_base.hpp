// The trained collection: finds what is nearest to a question, and lists what it holds. Which collection is
// current, and with which embedder it was made, comes from the row that all replicas agree on. One a worker.
#pragma once
#include <functional>
#include <map>
#include <memory>

#include "core/ask/embedder.hpp"
#include "core/ask/ports.hpp"
#include "core/replica/state.hpp"
#include "db/chroma/client.hpp"

namespace vanna::chroma {

struct knowledge_counts {
    std::string collection;  // empty: never trained
    std::string fingerprint;
    std::size_t documents = 0;
    std::map<std::string, std::size_t> by_kind;
};

struct knowledge_part {
    std::string collection;
    std::vector<ask::document> documents;
};

class knowledge_base : public ask::retriever {
  public:
    // Says which collection is current; called for each question, so it must be cheap (a replica's snapshot).
    using current_state = std::function<replica::knowledge_state()>;
    // Reads the row again, after the collection turned out to be gone; may be empty.
    using reread_state = std::function<awaitable<result<replica::knowledge_state>>(deadline)>;

    knowledge_base(std::shared_ptr<client> on, std::shared_ptr<ask::embedder> by, current_state current,
                   reread_state reread = {});

    // Nearest of each kind, best first. not_found: never trained. conflict: trained with another embedder.
    awaitable<result<std::vector<ask::hit>>> retrieve(std::string question, std::size_t per_kind,
                                                      deadline limit) override;
    // Of one kind, or of any (empty). The same errors.
    awaitable<result<std::vector<ask::hit>>> nearest(std::string text, std::size_t n, std::string kind,
                                                     deadline limit);
    // A part of the documents in the collection's own order, whichever embedder they are of. not_found: never
    // trained.
    awaitable<result<knowledge_part>> page(std::size_t limit_rows, std::size_t offset, std::string kind,
                                           deadline limit);
    awaitable<result<knowledge_counts>> counts(deadline limit);

  private:
    awaitable<result<std::string>> collection_id(replica::knowledge_state state, deadline limit);
    result<void> check_embedder(replica::knowledge_state const& state) const;
    awaitable<result<std::vector<ask::hit>>> search(replica::knowledge_state state, ask::embedding to,
                                                    std::size_t per_kind, deadline limit);
    // What `use` (knowledge_state -> awaitable<result<T>>) finds in the current collection; where that is
    // gone, in the one that the row names by now.
    template <class T, class F>
    awaitable<result<T>> on_current(F use, deadline limit);

    std::shared_ptr<client> client_;
    std::shared_ptr<ask::embedder> embedder_;
    current_state current_;
    reread_state reread_;
    std::string known_name_, known_id_;  // of the collection last looked up
};

// A document as a record and back; the embedding is added by whoever has it.
record to_record(ask::document const& d);
ask::document to_document(record const& r);

}  // namespace vanna::chroma
