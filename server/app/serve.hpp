// `vanna-engine serve`: builds everything, runs until SIGTERM or SIGINT, and takes it down in order.
#pragma once
#include "config/settings.hpp"

namespace vanna::app {

// The exit status: 0 after an orderly stop, 69 when the address cannot be bound, 78 for settings found wrong
// late.
int serve(config::loaded loaded);

}  // namespace vanna::app
