#include "config/cron.hpp"

#include <charconv>
#include <vector>

namespace vanna::config {
namespace {

struct field {
    std::string_view name;
    unsigned least, most;
};
constexpr field fields[] = {
    {"minute", 0, 59}, {"hour", 0, 23}, {"day of month", 1, 31}, {"month", 1, 12}, {"day of week", 0, 7}};

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

// One part of a list: * or n or n-m, perhaps with /step.
bool is_part(std::string_view part, field const& f) {
    auto const slash = part.find('/');
    if (slash != part.npos) {
        auto const step = number(part.substr(slash + 1));
        if (!step || *step == 0 || *step > f.most) return false;
        part = part.substr(0, slash);
    }
    if (part == "*") return true;
    auto const dash = part.find('-');
    auto const from = number(part.substr(0, dash));
    auto const to = dash == part.npos ? from : number(part.substr(dash + 1));
    return from && to && *from >= f.least && *from <= *to && *to <= f.most;
}

}  // namespace

std::optional<std::string> cron_problem(std::string_view schedule) {
    std::vector<std::string_view> words;
    for (auto word : split(schedule, " \t"))
        if (!word.empty()) words.push_back(word);
    if (words.size() != std::size(fields)) return "has " + std::to_string(words.size()) + " fields, not 5";
    for (std::size_t i = 0; i < words.size(); ++i)
        for (auto part : split(words[i], ","))
            if (!is_part(part, fields[i]))
                return "the " + std::string(fields[i].name) + " \"" + std::string(words[i]) +
                       "\" is not within " + std::to_string(fields[i].least) + " to " +
                       std::to_string(fields[i].most);
    return {};
}

}  // namespace vanna::config
