// ChromaDB's REST API v2, as far as the engine uses it, on the default tenant and database. Collections are
// found, made and dropped by name; everything about their records goes by id. Used on one worker; backups use
// it as well.
#pragma once
#include <boost/json.hpp>
#include <memory>
#include <optional>
#include <vector>

#include "core/ask/embedder.hpp"
#include "db/chroma/transport.hpp"

namespace vanna::chroma {

struct collection {
    std::string id, name;
    boost::json::object metadata;
    std::optional<std::size_t> dimension;  // nothing before the first record
};

struct record {
    std::string id, document;
    boost::json::object metadata;
    ask::embedding embedding;  // empty where it was not asked for
};

struct neighbour {
    record found;
    double similarity = 0;  // cosine
};

struct page_of {
    std::size_t limit = 100, offset = 0;
    bool embeddings = false, documents = true;
    boost::json::object where = {};  // empty: all
};

class client {
  public:
    explicit client(std::unique_ptr<transport> via) : via_(std::move(via)) {}

    // All: unavailable, deadline_exceeded; invalid_input where the server finds the request wrong.
    awaitable<result<void>> heartbeat(deadline limit);
    awaitable<result<std::size_t>> max_batch_size(deadline limit);
    awaitable<result<std::vector<collection>>> collections(deadline limit);
    awaitable<result<collection>> get(std::string name, deadline limit);  // not_found
    // With cosine distance. conflict: the name is taken; invalid_input: ChromaDB would not take it.
    awaitable<result<collection>> create(std::string name, boost::json::object metadata, deadline limit);
    awaitable<result<void>> drop(std::string name, deadline limit);  // not_found
    awaitable<result<std::size_t>> count(std::string id, deadline limit);
    // In batches of at most `batch`, and never more than the server takes. Each record has its embedding.
    awaitable<result<void>> upsert(std::string id, std::vector<record> records, std::size_t batch,
                                   deadline limit);
    awaitable<result<void>> remove(std::string id, std::vector<std::string> ids, deadline limit);
    awaitable<result<std::vector<record>>> page(std::string id, page_of which, deadline limit);
    awaitable<result<std::vector<record>>> by_ids(std::string id, std::vector<std::string> ids,
                                                  bool embeddings, deadline limit);
    // Best first; may be fewer than `n`. `where` empty: all.
    awaitable<result<std::vector<neighbour>>> nearest(std::string id, ask::embedding to, std::size_t n,
                                                      boost::json::object where, deadline limit);

  private:
    awaitable<result<boost::json::value>> call(std::string method, std::string path, boost::json::value body,
                                               deadline limit);

    std::unique_ptr<transport> via_;
    std::size_t max_batch_ = 0;  // 0: not asked yet
};

}  // namespace vanna::chroma
