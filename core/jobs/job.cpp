#include "core/jobs/job.hpp"

namespace vanna::jobs {

constexpr std::pair<state, std::string_view> names[] = {{state::queued, "queued"},
                                                        {state::running, "running"},
                                                        {state::succeeded, "succeeded"},
                                                        {state::failed, "failed"},
                                                        {state::cancelled, "cancelled"}};

std::string_view to_string(state s) {
    for (auto const& [value, name] : names)
        if (value == s) return name;
    return "failed";
}

std::optional<state> parse_state(std::string_view text) {
    for (auto const& [value, name] : names)
        if (name == text) return value;
    return {};
}

}  // namespace vanna::jobs
