// The form of a five-field cron schedule: minute, hour, day of month, month, day of week (0 and 7: Sunday),
// each *, a number, a range, one of these with /step, or a list of them.
#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace vanna::config {

// What is wrong with it; nothing: it is a schedule.
std::optional<std::string> cron_problem(std::string_view schedule);

}  // namespace vanna::config
