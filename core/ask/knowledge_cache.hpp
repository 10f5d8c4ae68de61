// The business terms and approved pairs as asking needs them: kept for a few seconds, shared by the workers,
// and still there while PostgreSQL is away.
#pragma once
#include <mutex>

#include "core/ask/ports.hpp"

namespace vanna::ask {

class knowledge_cache {
  public:
    struct content {
        std::shared_ptr<std::vector<term> const> terms = std::make_shared<std::vector<term> const>();
        std::shared_ptr<std::vector<example> const> examples = std::make_shared<std::vector<example> const>();
    };
    // Never fails: what was last read, however old, when `store` is away.
    awaitable<content> current(knowledge_store& store, deadline limit);
    // The next current() reads again: a term or pair was changed here.
    void forget();

  private:
    std::mutex mutex_;
    content content_;
    deadline fresh_until_{};
};

}  // namespace vanna::ask
