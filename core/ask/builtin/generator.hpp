// The built-in generator: answers questions about any schema without a model or a network, by linking their
// words to tables, columns, values and business terms and composing a SELECT. Deterministic; declines rather
// than guesses.
#pragma once
#include <memory>

#include "core/ask/ports.hpp"

namespace vanna::ask {

// Keeps the index of the schema it saw last: use one a worker, on that worker only.
std::unique_ptr<generator> create_builtin_generator();

}  // namespace vanna::ask
