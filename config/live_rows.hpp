// Live settings: rows of `configurations` laid over what was read at start. Nothing is read again: a file
// that is edited under a running server changes nothing before the next start.
#pragma once
#include "config/settings.hpp"

namespace vanna::config {

// `at_start` (loaded without rows) with the rows of live keys in place, save where the command line or the
// environment has the last word. Rows of other keys and those with a wrong value are passed over.
loaded with_live_rows(loaded at_start, name_values const& rows);

}  // namespace vanna::config
