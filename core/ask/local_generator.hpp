// Generators that only compute (verified pairs, the built-in one): no store and no network, but up to a
// second of CPU time, which belongs on a pool and not on an I/O thread. One of a kind serves all workers.
#pragma once
#include "core/ask/ports.hpp"
#include "core/async/work_pool.hpp"

namespace vanna::ask {

class local_generator {
  public:
    virtual ~local_generator() = default;
    virtual std::string_view name() const = 0;
    // As generator::generate(). Called from any thread, by several at once; looks at the context's stop flag
    // and at `limit` between its steps. It needs no hits.
    virtual result<generated> answer(context const& what, deadline limit) const = 0;
    // The repair round: it has said what it can, the same question makes the same statement.
    virtual generated nothing_better() const = 0;
};

// cancelled or deadline_exceeded once nobody waits for the answer; nothing while somebody does.
std::optional<error> given_up(context const& what, deadline limit);

// The generator that works out `by`'s answers on `pool`; without a pool (command line, tests) where it is
// called. `pool` must outlive it.
std::unique_ptr<generator> run_on(work_pool* pool, std::shared_ptr<local_generator const> by);

}  // namespace vanna::ask
