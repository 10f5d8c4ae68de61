// The built-in generator: answers questions about any schema without a model or a network, by linking their
// words to tables, columns, values and business terms and composing a SELECT. Deterministic; declines rather
// than guesses.
#pragma once
#include <memory>

#include "core/ask/local_generator.hpp"

namespace vanna::ask {

// Keeps the index of the schema and terms it saw last, for all who share it.
std::shared_ptr<local_generator const> local_builtin_generator();
// One of its own, working where it is called: the command line, tests.
std::unique_ptr<generator> create_builtin_generator();

}  // namespace vanna::ask
