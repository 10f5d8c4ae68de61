// The knowledge base as the admin routes see it: what is in it, and the jobs that make, empty and judge it.
#pragma once
#include <boost/json.hpp>

#include "core/async/awaitable.hpp"
#include "core/jobs/job.hpp"

namespace vanna::admin {

struct document_request {
    std::string kind;  // empty: all
    std::string near;  // not empty: the nearest to this text, in one page
    std::size_t limit = 50;
    std::string cursor;  // the next_cursor of the page before; empty: the first
};

class knowledge_bases {
  public:
    virtual ~knowledge_bases() = default;
    // {collection, fingerprint, embedder, documents, by_kind, …}; what cannot be told now is null, and
    // "problem" says why.
    virtual awaitable<result<boost::json::object>> status(deadline limit) = 0;
    // {collection, documents, by_kind, collections, items, next_cursor}. not_found: never trained.
    // invalid_input: the cursor. conflict: trained again since the page before.
    virtual awaitable<result<boost::json::object>> documents(document_request which, deadline limit) = 0;
    // Start a job; conflict, with Location: one of its kind is open.
    virtual awaitable<result<jobs::job>> train(std::string requested_by) = 0;
    virtual awaitable<result<jobs::job>> clear(std::string requested_by) = 0;
    virtual awaitable<result<jobs::job>> evaluate(std::string requested_by) = 0;
};

}  // namespace vanna::admin
