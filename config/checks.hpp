// What only several settings together, or a setting's inner form, can be wrong about. Called by load() once
// each value by itself has passed; opens no file and no connection (server/app/settings_check does).
#pragma once
#include <set>

#include "config/settings.hpp"

namespace vanna::config {

// `stated`: the names that some source gave.
void check_together(settings const& v, std::set<std::string_view> const& stated,
                    std::vector<problem>& problems);

}  // namespace vanna::config
