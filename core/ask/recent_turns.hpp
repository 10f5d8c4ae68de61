// What was answered in conversations here a moment ago: a question that follows at once finds the turn before
// it, though its record is still on the way to PostgreSQL, and while that is away. Shared by the workers.
#pragma once
#include <list>
#include <mutex>

#include "core/ask/conversations.hpp"

namespace vanna::ask {

class recent_turns {
  public:
    // Of `most` conversations the last few turns are kept, those of the longest silent go first.
    explicit recent_turns(std::size_t most = 500) : most_(most) {}

    void add(uuid conversation, uuid user, past_turn answered);
    // Oldest first; nothing of another user's.
    std::vector<past_turn> of(uuid conversation, uuid user) const;
    void forget(uuid conversation, uuid user);

  private:
    struct talk {
        uuid conversation, user;
        std::vector<past_turn> turns;
    };

    std::size_t most_;
    mutable std::mutex mutex_;
    std::list<talk> talks_;  // the latest first
};

}  // namespace vanna::ask
