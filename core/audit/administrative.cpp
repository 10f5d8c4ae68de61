#include "core/audit/administrative.hpp"

namespace vanna::audit {

entry outcome_of(entry const& attempt, std::optional<errc> failure) {
    entry out = attempt;
    out.id = new_id();
    out.timestamp = now();
    out.status = failure ? "failure" : "success";
    if (failure) {
        boost::json::object told;
        if (auto const* given = attempt.changes.if_object()) told = *given;
        told["error"] = to_string(*failure);
        out.changes = std::move(told);
    }
    return out;
}

}  // namespace vanna::audit
