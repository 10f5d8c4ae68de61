// How long a service asks to be left alone (RFC 9110, 10.2.3: Retry-After, in seconds or as an HTTP date).
#pragma once
#include <optional>
#include <string_view>

#include "core/clock.hpp"

namespace vanna::net {

// At most a day; zero for a date that has passed. Nothing when `text` is neither form.
std::optional<std::chrono::milliseconds> retry_after(std::string_view text, instant at);

}  // namespace vanna::net
