// The business terms and approved pairs as asking needs them: kept for a few seconds, shared by the workers,
// and still there while PostgreSQL is away. What has not changed keeps its address, so that whoever made
// something of it need not make it again.
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
    // A term or pair was changed here: nobody is given what was read before.
    void forget();

  private:
    content confirm(std::uint64_t turn, std::string const& fingerprint);
    content adopt(std::uint64_t turn, std::string fingerprint, std::vector<term> terms,
                  std::vector<example> examples);

    std::mutex mutex_;
    content content_;
    std::string fingerprint_;  // of content_; empty before the first
    deadline fresh_until_{};
    // Reads are numbered as they begin: the last one begun, the one in content_, the last begun before a
    // change.
    std::uint64_t begun_ = 0, adopted_ = 0, outdated_ = 0;
};

}  // namespace vanna::ask
