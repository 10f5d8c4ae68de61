// What `query`, `ask` and `golden-copy` need beyond the stores: the target opened as the server opens it, and
// a trail that puts the record of what was run into the System DB before the answer is printed.
#pragma once
#include "core/query/service.hpp"
#include "core/query/trail.hpp"
#include "db/chroma/client.hpp"
#include "server/cli/engine.hpp"

namespace vanna::cli {

// Makes the runtime copy what the cluster agrees on, opens it and reads its schema; nothing where the target
// is no SQLite file. After engine::connect().
awaitable<result<void>> open_target(engine& e);
// The same where the copy is already what init would make it; false: it is not, and stays as it is.
awaitable<result<bool>> open_target_as_it_is(engine& e);

// The ChromaDB of the settings.
chroma::client chroma_of(engine& e);

class target_session {
  public:
    explicit target_session(engine& e);

    // Connects and opens the target.
    awaitable<result<void>> open();
    // Commits the records; after the last query.
    awaitable<void> close();
    query::service& queries() { return queries_; }
    query::asker asker() const {
        return {.who = engine_.actor(), .request_id = to_string(new_id()), .ip = "local"};
    }

  private:
    engine& engine_;
    task_group tasks_;
    query::trail records_;
    query::service queries_;
};

}  // namespace vanna::cli
