#include "config/cron.hpp"

#include <charconv>
#include <vector>

namespace vanna::config {
namespace {

struct field {
    std::string_view name;
    unsigned least, most;
    std::string_view names = {};  // three letters each, the first stands for `least`
};
enum : std::size_t { minute, hour, day_of_month, month, day_of_week };
constexpr field fields[] = {{"minute", 0, 59},
                            {"hour", 0, 23},
                            {"day of month", 1, 31},
                            {"month", 1, 12, "janfebmaraprmayjunjulaugsepoctnovdec"},
                            {"day of week", 0, 7, "sunmontuewedthufrisat"}};

std::vector<std::string_view> split(std::string_view text, std::string_view by) {
    std::vector<std::string_view> out;
    for (;;) {
        auto const end = text.find_first_of(by);
        out.push_back(text.substr(0, end));
        if (end == text.npos) return out;
        text.remove_prefix(end + 1);
    }
}

std::optional<unsigned> number(std::string_view text) {
    unsigned n = 0;
    auto const [end, ec] = std::from_chars(text.data(), text.data() + text.size(), n);
    if (text.empty() || ec != std::errc{} || end != text.data() + text.size()) return {};
    return n;
}

std::optional<unsigned> number_or_name(std::string_view text, field const& f) {
    if (text.size() != 3) return number(text);
    std::string lower;
    for (char c : text)
        lower += char(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
    for (unsigned i = 0; i * 3 < f.names.size(); ++i)
        if (f.names.substr(i * 3, 3) == lower) return f.least + i;
    return number(text);
}

// One part of a list, added to the set; false: it is none.
bool add_part(std::string_view part, field const& f, std::uint64_t& set) {
    std::optional<unsigned> step;
    if (auto const slash = part.find('/'); slash != part.npos) {
        step = number(part.substr(slash + 1));
        if (!step || *step == 0 || *step > f.most) return false;
        part = part.substr(0, slash);
    }
    auto from = f.least, to = f.most;
    if (part != "*") {
        auto const dash = part.find('-');
        auto const first = number_or_name(part.substr(0, dash), f);
        if (!first) return false;
        from = *first;
        if (dash != part.npos) {
            auto const last = part.substr(dash + 1);
            auto const value = number_or_name(last, f);
            if (!value) return false;
            // fri-sun: the Sunday that ends the week.
            to = *value == 0 && last != "0" && f.least == 0 && !f.names.empty() ? f.most : *value;
        } else if (!step) {
            to = from;
        }
    }
    if (from < f.least || from > to || to > f.most) return false;
    for (auto n = from; n <= to; n += step.value_or(1))
        set |= std::uint64_t(1) << n;
    return true;
}

constexpr bool has(std::uint64_t set, unsigned n) {
    return set >> n & 1;
}

}  // namespace

std::optional<cron> cron::parse(std::string_view text, std::string& problem) {
    std::vector<std::string_view> words;
    for (auto word : split(text, " \t"))
        if (!word.empty()) words.push_back(word);
    if (words.size() != std::size(fields)) {
        problem = "has " + std::to_string(words.size()) + " fields, not 5";
        return {};
    }
    cron out;
    for (std::size_t i = 0; i < words.size(); ++i)
        for (auto part : split(words[i], ","))
            if (!add_part(part, fields[i], out.sets_[i])) {
                problem = "the " + std::string(fields[i].name) + " \"" + std::string(words[i]) +
                          "\" is not within " + std::to_string(fields[i].least) + " to " +
                          std::to_string(fields[i].most);
                return {};
            }
    if (has(out.sets_[day_of_week], 7)) out.sets_[day_of_week] |= 1;
    out.any_day_[0] = words[day_of_month].front() == '*';
    out.any_day_[1] = words[day_of_week].front() == '*';
    return out;
}

bool cron::falls_on(std::chrono::sys_days day) const {
    std::chrono::year_month_day const date(day);
    if (!has(sets_[month], unsigned(date.month()))) return false;
    bool const by_date = has(sets_[day_of_month], unsigned(date.day()));
    bool const by_weekday = has(sets_[day_of_week], std::chrono::weekday(day).c_encoding());
    return any_day_[0] || any_day_[1] ? by_date && by_weekday : by_date || by_weekday;
}

std::optional<cron::time> cron::next_after(time t) const {
    using namespace std::chrono;
    auto const first = floor<minutes>(t) + minutes(1);
    auto const last = floor<days>(t) + days(8 * 365 + 3);
    for (auto day = floor<days>(first); day <= last; day += days(1)) {
        if (!falls_on(day)) continue;
        for (unsigned h = 0; h < 24; ++h) {
            if (!has(sets_[hour], h) || day + hours(h + 1) <= first) continue;
            for (unsigned m = 0; m < 60; ++m)
                if (auto const due = day + hours(h) + minutes(m); has(sets_[minute], m) && due >= first)
                    return due;
        }
    }
    return {};
}

std::optional<std::string> cron_problem(std::string_view schedule, cron::time from) {
    std::string problem;
    auto const parsed = cron::parse(schedule, problem);
    if (!parsed) return problem;
    if (!parsed->next_after(from)) return "there is no such day within the next eight years";
    return {};
}

}  // namespace vanna::config
