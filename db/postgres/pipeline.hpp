// The order of what was sent on a pipelined connection and what each reply means: a pure queue, no I/O, fed
// by the pool with what libpq hands out. Replies come in the order of sending; those of abandoned requests
// are consumed and dropped, never handed to the next. Statements between two syncs are one implicit
// transaction: after an error the rest of them is aborted, which is why only autocommit reads share one, and
// are sent again.
#pragma once
#include <cstdint>
#include <deque>

namespace vanna::postgres {

struct request;  // db/postgres/request.hpp; never looked into here

enum class purpose : std::uint8_t { read, write, prepare };
enum class reply : std::uint8_t { result, aborted, end_of_command, sync };

class pipeline {
  public:
    using ticket = std::uint64_t;

    struct step {
        enum class what : std::uint8_t {
            nothing,   // a separator
            deliver,   // the reply is `whose`; with `purpose::prepare` it says how preparing went
            drop,      // the reply is nobody's any more
            again,     // `whose` was aborted by a failure before it: send it again, alone between two syncs
            confused,  // not the reply that was due: close the connection
        } action = what::nothing;
        request* whose = nullptr;
        purpose kind = purpose::read;
        ticket place = 0;
    };

    // A command was sent. `now`: any rising number, for how long the oldest waits.
    ticket sent(purpose kind, request* whose, std::uint64_t now);
    void sync_sent(std::uint64_t now);
    bool needs_sync() const { return commands_since_sync_ > 0; }

    step received(reply what);
    // The caller of this request is gone; its reply will be dropped.
    void abandon(ticket place);

    bool empty() const { return queue_.empty(); }
    // Requests without their reply, abandoned ones included.
    std::size_t requests() const { return requests_; }
    // When the oldest unanswered entry was sent; only if not empty().
    std::uint64_t oldest() const { return queue_.front().sent_at; }
    // Calls `use(request&)` for every request that still waits for its reply.
    template <class F>
    void for_each_waiting(F use) const {
        for (auto const& e : queue_)
            if (e.whose) use(*e.whose);
    }
    void clear();

  private:
    struct entry {
        request* whose;
        std::uint64_t sent_at;
        purpose kind;
        bool is_sync, answered;
    };
    std::deque<entry> queue_;
    ticket first_ = 1;  // the place of queue_.front()
    std::size_t requests_ = 0, commands_since_sync_ = 0;
};

}  // namespace vanna::postgres
