// Five-field cron schedules in UTC: minute, hour, day of month, month, day of week. A field is *, a number, a
// name (jan, mon; any case), a range, one of these with /step (n/step runs to the end), or a list of them; 0
// and 7 are Sunday. As in Vixie's cron a day must suit both day fields where one of them begins with *, and
// either of them where neither does.
#pragma once
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace vanna::config {

class cron {
  public:
    using time = std::chrono::sys_time<std::chrono::microseconds>;

    // Nothing when it is no schedule; `problem` then says what is wrong with it.
    static std::optional<cron> parse(std::string_view text, std::string& problem);
    // The first due time later than `t`; nothing when there is none within eight years and a day, the longest
    // time between two leap days.
    std::optional<time> next_after(time t) const;

  private:
    bool falls_on(std::chrono::sys_days day) const;

    std::uint64_t sets_[5] = {};  // bit n: the value n
    bool any_day_[2] = {};        // the day of month and the day of week begin with *
};

// What is wrong with it, from `from` on; nothing: it is a schedule that comes due.
std::optional<std::string> cron_problem(
    std::string_view schedule, cron::time from = std::chrono::time_point_cast<std::chrono::microseconds>(
                                   std::chrono::system_clock::now()));

}  // namespace vanna::config
