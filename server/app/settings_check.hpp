// What the table of settings cannot see of its values: addresses that adapters read, zones and files of this
// machine. Adds to the problems that load() found, so that all are reported in one go.
#pragma once
#include "config/settings.hpp"

namespace vanna::app {

enum class use {
    inspecting,  // config show, config check: opens files to read them, makes nothing
    command,     // works on the stores
    serving      // listens, and writes SPOOL_DIR and LOG_DIR
};

// Sets the process's time zone to TARGET_TIMEZONE where that exists. Blocks; before threads start.
void check_settings(config::loaded& l, use what);

}  // namespace vanna::app
