// Words that link to nothing and yet say something: which key is meant ("departing" for source_airport), or
// what a table is about ("teach" for teachers).
#pragma once
#include "core/ask/builtin/frame.hpp"

namespace vanna::ask::builtin {

// Moves such words from `unlinked` to `roles`, or drops them.
void read_roles(frame& f, catalog const& known);

}  // namespace vanna::ask::builtin
