#include "config/live_rows.hpp"

namespace vanna::config {

loaded with_live_rows(loaded at_start, name_values const& rows) {
    for (auto const& [key, value] : rows) {
        auto const* d = find(key);
        if (!d || !d->live || check(*d, value)) continue;
        auto const where = at_start.origins.find(d->name);
        if (where != at_start.origins.end() &&
            (where->second == origin::environment || where->second == origin::command_line))
            continue;
        at_start.values = with_value(std::move(at_start.values), *d, value);
        at_start.origins[std::string(d->name)] = origin::live_row;
    }
    return at_start;
}

}  // namespace vanna::config
