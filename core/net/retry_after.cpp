#include "core/net/retry_after.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace vanna::net {
namespace {

constexpr std::int64_t most_seconds = 86400;
constexpr std::array<std::string_view, 12> months = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

std::optional<std::int64_t> number(std::string_view text) {
    std::int64_t out = 0;
    auto const [end, ec] = std::from_chars(text.data(), text.data() + text.size(), out);
    if (text.empty() || text.front() == '-' || ec != std::errc{} || end != text.data() + text.size())
        return {};
    return out;
}

// "Sun, 06 Nov 1994 08:49:37 GMT", the one form that may still be written.
std::optional<std::chrono::sys_seconds> http_date(std::string_view text) {
    if (text.size() != 29 || text.substr(25) != " GMT" || text[19] != ':' || text[22] != ':') return {};
    auto const month = std::find(months.begin(), months.end(), text.substr(8, 3));
    auto const day = number(text.substr(5, 2)), year = number(text.substr(12, 4)),
               hour = number(text.substr(17, 2)), minute = number(text.substr(20, 2)),
               second = number(text.substr(23, 2));
    if (month == months.end() || !day || !year || !hour || !minute || !second) return {};
    auto const date = std::chrono::year(int(*year)) / unsigned(month - months.begin() + 1) / unsigned(*day);
    if (!date.ok() || *hour > 23 || *minute > 59 || *second > 60) return {};
    return std::chrono::sys_days(date) + std::chrono::hours(*hour) + std::chrono::minutes(*minute) +
           std::chrono::seconds(*second);
}

}  // namespace

std::optional<std::chrono::milliseconds> retry_after(std::string_view text, instant at) {
    if (auto const seconds = number(text)) return std::chrono::seconds(std::min(*seconds, most_seconds));
    auto const date = http_date(text);
    if (!date) return {};
    auto const wait = std::chrono::ceil<std::chrono::milliseconds>(*date - at);
    return std::clamp<std::chrono::milliseconds>(wait, std::chrono::milliseconds(0),
                                                 std::chrono::seconds(most_seconds));
}

}  // namespace vanna::net
