#include "core/clock.hpp"

#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <filesystem>

namespace vanna {
namespace {

bool digits(std::string_view& text, std::size_t count, int& out) {
    if (text.size() < count) return false;
    auto [end, ec] = std::from_chars(text.data(), text.data() + count, out);
    if (ec != std::errc{} || end != text.data() + count || out < 0) return false;
    text.remove_prefix(count);
    return true;
}

bool literal(std::string_view& text, std::string_view any_of) {
    if (text.empty() || any_of.find(text.front()) == std::string_view::npos) return false;
    text.remove_prefix(1);
    return true;
}

}  // namespace

std::string to_rfc3339(instant t) {
    auto const day = std::chrono::floor<std::chrono::days>(t);
    std::chrono::year_month_day const date{day};
    std::chrono::hh_mm_ss const time{t - day};
    char buffer[40];
    int const n = std::snprintf(buffer, sizeof buffer, "%04d-%02u-%02uT%02d:%02d:%02d.%06dZ",
                                int(date.year()), unsigned(date.month()), unsigned(date.day()),
                                int(time.hours().count()), int(time.minutes().count()),
                                int(time.seconds().count()), int(time.subseconds().count()));
    return {buffer, std::size_t(n)};
}

bool use_timezone(std::string const& name) {
    bool const plain = !name.empty() && name.front() != '/' && name.find("..") == name.npos;
    if (!plain || (name != "UTC" && !std::filesystem::is_regular_file("/usr/share/zoneinfo/" + name)))
        return false;
    setenv("TZ", name.c_str(), 1);
    tzset();
    return true;
}

std::chrono::year_month_day local_today() {
    auto const seconds = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
    std::tm local{};
    localtime_r(&seconds, &local);
    return {std::chrono::year(local.tm_year + 1900), std::chrono::month(unsigned(local.tm_mon + 1)),
            std::chrono::day(unsigned(local.tm_mday))};
}

std::optional<instant> parse_rfc3339(std::string_view text) {
    int year, month, day, hour, minute, second;
    if (!digits(text, 4, year) || !literal(text, "-") || !digits(text, 2, month) || !literal(text, "-") ||
        !digits(text, 2, day) || !literal(text, "Tt ") || !digits(text, 2, hour) || !literal(text, ":") ||
        !digits(text, 2, minute) || !literal(text, ":") || !digits(text, 2, second))
        return {};
    std::chrono::year_month_day const date{std::chrono::year(year), std::chrono::month(unsigned(month)),
                                           std::chrono::day(unsigned(day))};
    if (!date.ok() || hour > 23 || minute > 59 || second > 60) return {};
    long micros = 0;
    if (literal(text, ".")) {
        long scale = 100'000;
        std::size_t count = 0;
        for (; !text.empty() && text.front() >= '0' && text.front() <= '9'; text.remove_prefix(1), ++count) {
            micros += (text.front() - '0') * scale;
            scale /= 10;
        }
        if (count == 0 || count > 9) return {};
    }
    std::chrono::minutes offset{0};
    if (!literal(text, "Zz")) {
        bool const west = !text.empty() && text.front() == '-';
        int hours = 0, minutes = 0;
        if (!literal(text, "+-") || !digits(text, 2, hours)) return {};
        if (!text.empty() && (!literal(text, ":") || !digits(text, 2, minutes))) return {};
        if (hours > 23 || minutes > 59) return {};
        offset = std::chrono::minutes((hours * 60 + minutes) * (west ? -1 : 1));
    }
    if (!text.empty()) return {};
    return instant{std::chrono::sys_days{date}} + std::chrono::hours{hour} + std::chrono::minutes{minute} +
           std::chrono::seconds{second} + std::chrono::microseconds{micros} - offset;
}

}  // namespace vanna
