// From a question to checked SQL: retrieve, ask the generators in turn, have the target check what they say,
// give a statement that fails one round of repair. It does not run statements: the caller does, and comes
// back to repair() when running fails. One a worker.
#pragma once
#include <memory>
#include <vector>

#include "core/ask/ports.hpp"
#include "core/sql/target.hpp"

namespace vanna::ask {

class pipeline {
  public:
    // `knowledge` may be null: no retrieval. `generators` are asked in this order.
    pipeline(std::shared_ptr<retriever> knowledge, std::vector<std::unique_ptr<generator>> generators,
             sql::target& target);

    // Fills in the context's hits. A missing knowledge base is only a note in it.
    awaitable<void> retrieve(context& what, deadline limit);

    // After retrieve(). sql empty: declined, with a clarification and what was tried in the notes. Errors:
    // deadline_exceeded, cancelled, overloaded and unavailable of the target; a missing generator is only a
    // note. `what` must live until the end.
    awaitable<result<generated>> generate(context const& what, deadline limit);

    // The statement of `failed` did not run: asks its generator once more with the error, then those after
    // it.
    awaitable<result<generated>> repair(context const& what, generated failed, std::string message,
                                        deadline limit);

  private:
    awaitable<result<generated>> from(std::size_t first, context const& what, std::vector<std::string> notes,
                                      deadline limit);
    // The checked answer of one generator; sql empty when it has none.
    awaitable<result<generated>> checked(generator& by, context const& what, generated made, bool may_repair,
                                         std::vector<std::string>& notes, deadline limit);

    std::shared_ptr<retriever> knowledge_;
    std::vector<std::unique_ptr<generator>> generators_;
    sql::target& target_;
};

}  // namespace vanna::ask
