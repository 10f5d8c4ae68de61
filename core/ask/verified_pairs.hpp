// The generator that comes first: questions that people have asked before and whose SQL somebody approved.
// The same question gives the approved SQL; one that differs only in its literals gives it refilled with
// them.
#pragma once
#include <memory>

#include "core/ask/local_generator.hpp"

namespace vanna::ask {

// Keeps what it made of the schema and the pairs it saw last, for all who share it.
std::shared_ptr<local_generator const> local_verified_pairs();
// One of its own, working where it is called: the command line, tests.
std::unique_ptr<generator> create_verified_pairs();

}  // namespace vanna::ask
