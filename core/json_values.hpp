// Values as the engine's JSON shows them: null where there is none.
#pragma once
#include <boost/json.hpp>
#include <optional>
#include <string>

#include "core/clock.hpp"
#include "core/ids.hpp"

namespace vanna {

inline boost::json::value or_null(std::optional<instant> const& t) {
    return t ? boost::json::value(to_rfc3339(*t)) : boost::json::value(nullptr);
}
inline boost::json::value or_null(std::optional<uuid> const& id) {
    return id ? boost::json::value(to_string(*id)) : boost::json::value(nullptr);
}
// Empty counts as none.
inline boost::json::value or_null(std::string const& text) {
    return text.empty() ? boost::json::value(nullptr) : boost::json::value(text);
}

}  // namespace vanna
