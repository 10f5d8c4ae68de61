// Many requests in flight on one connection, in order, without I/O: bytes to write, bytes that were read,
// and who waits for which reply. One that is past its deadline is abandoned: its reply is consumed and
// dropped, never handed to the next caller.
#pragma once
#include <deque>

#include "core/clock.hpp"
#include "db/redis/resp.hpp"

namespace vanna::redis {

// Lives in the caller's coroutine frame until finish() was called.
class waiter {
  public:
    deadline limit{};
    virtual void finish(result<reply> outcome) = 0;

  protected:
    ~waiter() = default;
};

struct pipeline_limits {
    std::size_t requests = 10'000;
    std::size_t unsent_bytes = 16u << 20;
};

class pipeline {
  public:
    explicit pipeline(pipeline_limits limits = {}) : limits_(limits) {}

    // Puts a command into the output; `who` null: nobody wants its reply. False: full.
    bool push(std::span<std::string_view const> arguments, waiter* who, deadline now);
    bool has_output() const { return !output_.empty(); }
    // Swaps what is to be written into `buffer`, which must be empty.
    void take_output(std::string& buffer) { buffer.swap(output_); }

    // Finishes those whose replies are whole. unavailable: not RESP, or a reply that nobody asked for.
    result<void> feed(std::string_view bytes);
    // Abandons those past their deadline; returns how many.
    std::size_t sweep(deadline now);
    // The connection is lost: everybody gets `why`.
    void fail_all(error const& why);

    std::size_t size() const { return slots_.size(); }
    // When the request whose reply is due was made; nothing when none is out.
    std::optional<deadline> waiting_since() const;

  private:
    struct slot {
        waiter* who;
        deadline since;
    };
    pipeline_limits limits_;
    std::string output_;
    resp_reader reader_;
    std::deque<slot> slots_;
};

}  // namespace vanna::redis
