// Whose work the threads of a pool take next, so that nobody has them all: one user never holds more than
// half of them, nor does all bulk work together (one user's: half of that), and users who wait are served in
// turn. Nothing is ever taken away from who holds a thread, so the limits hold also while nobody waits.
// Synchronous and without locks: work_pool, which asks it, has those.
#pragma once
#include <algorithm>
#include <deque>
#include <functional>
#include <list>
#include <optional>
#include <unordered_map>

#include "core/ids.hpp"

namespace vanna {

// Who wants a thread. Nil: the process itself, one more user.
struct party {
    uuid user;
    bool bulk = false;  // long work that is asked for in slices: exports
};

class fair_turns {
  public:
    using work = std::function<void()>;

    explicit fair_turns(unsigned threads)
        : threads_(threads), share_(std::max(1u, threads / 2)), bulk_share_(std::max(1u, threads / 4)) {}

    // True: it may begin now, and counts until done(). False: let it wait.
    bool begin(party by);
    void wait(party by, work what);
    // Work that may begin now that another is done; counts from here on. Nothing: all who wait must go on
    // waiting.
    std::optional<work> next();
    void done(party by);

  private:
    struct user {
        unsigned running = 0, bulk_running = 0;
        std::deque<work> quick, bulk;
        bool waits() const { return !quick.empty() || !bulk.empty(); }
    };
    bool has_turn(user const& u, bool bulk) const;
    void count(user& u, bool bulk);

    unsigned const threads_, share_, bulk_share_;
    unsigned running_ = 0, bulk_running_ = 0;
    std::unordered_map<uuid, user> users_;  // those who run or wait
    std::list<uuid> order_;                 // those who wait, the next one first
};

}  // namespace vanna
