#include "core/health/board.hpp"

namespace vanna::health {

std::string_view to_string(state s) {
    switch (s) {
        case state::disabled:
            return "disabled";
        case state::connected:
            return "connected";
        case state::down:
            return "down";
    }
    return "down";
}

void board::set(std::string const& name, component what) {
    std::lock_guard lock(mutex_);
    components_[name] = std::move(what);
}

std::map<std::string, component> board::all() const {
    std::lock_guard lock(mutex_);
    return components_;
}

component board::of(std::string const& name) const {
    std::lock_guard lock(mutex_);
    auto const found = components_.find(name);
    return found == components_.end() ? component{} : found->second;
}

std::string board::not_ready_because() const {
    if (draining_) return "the server is stopping";
    if (!was_ready_) return "the System DB has not been reached yet";
    std::lock_guard lock(mutex_);
    return own_problem_;
}

void board::set_own_problem(std::string why) {
    std::lock_guard lock(mutex_);
    own_problem_ = std::move(why);
}

}  // namespace vanna::health
