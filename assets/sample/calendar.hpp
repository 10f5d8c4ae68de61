// Days of the sample company: its books run from first_day to last_day, and last_day is "today" for every
// status.
#pragma once
#include <chrono>
#include <string>

namespace vanna::sample {

using day = std::chrono::sys_days;
using std::chrono::days;

constexpr day date(int year, unsigned month, unsigned dom) {
    return std::chrono::year{year} / std::chrono::month{month} / std::chrono::day{dom};
}
constexpr std::chrono::year_month_day civil(day d) {
    return std::chrono::year_month_day{d};
}
constexpr int year_of(day d) {
    return static_cast<int>(civil(d).year());
}
constexpr unsigned month_of(day d) {
    return static_cast<unsigned>(civil(d).month());
}
constexpr unsigned weekday_of(day d) {
    return std::chrono::weekday{d}.iso_encoding();
}  // Monday is 1

constexpr int first_year = 2021, last_year = 2025, months_total = 60;
constexpr day first_day = date(first_year, 1, 1), last_day = date(last_year, 12, 31);

// Months since January of first_year, and the first and last day of one.
constexpr int month_index(day d) {
    return (year_of(d) - first_year) * 12 + static_cast<int>(month_of(d)) - 1;
}
constexpr day month_start(int index) {
    return date(first_year + index / 12, static_cast<unsigned>(index % 12) + 1, 1);
}
constexpr day month_end(int index) {
    return month_start(index + 1) - days{1};
}

// The day itself, or the Monday after a weekend.
constexpr day business_day(day d) {
    auto const w = weekday_of(d);
    return w > 5 ? d + days{8 - static_cast<int>(w)} : d;
}
constexpr day after_business_days(day d, int count) {
    for (; count > 0; --count)
        d = business_day(d + days{1});
    return business_day(d);
}

std::string text(day d);  // 2025-12-31

}  // namespace vanna::sample
