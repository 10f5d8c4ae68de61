// The generator that comes first: questions that people have asked before and whose SQL somebody approved.
// The same question gives the approved SQL; one that differs only in its literals gives it refilled with
// them.
#pragma once
#include <memory>

#include "core/ask/ports.hpp"

namespace vanna::ask {

// Keeps what it made of the schema and the pairs it saw last: use one a worker, on that worker only.
std::unique_ptr<generator> create_verified_pairs();

}  // namespace vanna::ask
