// Time: deadlines on the steady clock (made once a request or job, passed down, never extended) and
// wall-clock instants as RFC 3339 UTC text with microseconds, the only form that leaves the process.
#pragma once
#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace vanna {

using deadline = std::chrono::steady_clock::time_point;
using instant = std::chrono::sys_time<std::chrono::microseconds>;

inline deadline after(std::chrono::milliseconds d) {
    return std::chrono::steady_clock::now() + d;
}
inline instant now() {
    return std::chrono::time_point_cast<std::chrono::microseconds>(std::chrono::system_clock::now());
}

// "2025-03-04T05:06:07.123456Z" (RFC 3339, always UTC, always six decimals).
std::string to_rfc3339(instant t);
// Accepts RFC 3339 with any offset and 0-9 decimals, 'T' or a space, and PostgreSQL's "+00" offset. Nothing
// else.
std::optional<instant> parse_rfc3339(std::string_view text);

// Makes `name` ("Europe/Berlin", "UTC") the zone of local_today() and of SQLite's 'localtime'. False: there
// is no such zone on this machine. Once, before threads start.
bool use_timezone(std::string const& name);
std::chrono::year_month_day local_today();

}  // namespace vanna
