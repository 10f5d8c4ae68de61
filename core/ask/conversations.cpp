#include "core/ask/conversations.hpp"

#include <algorithm>

namespace vanna::ask {
namespace {

constexpr std::size_t longest_title = 120;
constexpr auto clock_difference = std::chrono::minutes(5);

bool continues_a_character(char c) {
    return (static_cast<unsigned char>(c) & 0xC0) == 0x80;
}

}  // namespace

std::string title_of(std::string_view question) {
    std::string out;
    std::size_t characters = 0;
    bool blank = false;
    for (char c : question) {
        if (static_cast<unsigned char>(c) <= ' ' || c == 0x7f) {
            blank = !out.empty();
            continue;
        }
        if (!continues_a_character(c) && (characters += 1 + blank) > longest_title) return out + "…";
        if (std::exchange(blank, false)) out += ' ';
        out += c;
    }
    return out;
}

bool may_begin(uuid id, instant moment) {
    auto const made = time_of(id);
    return made && std::chrono::abs(*made - moment) <= clock_difference;
}

std::vector<past_turn> latest_turns(std::vector<past_turn> stored, std::vector<past_turn> const& recent) {
    stored.insert(stored.end(), recent.begin(), recent.end());
    std::sort(stored.begin(), stored.end(),
              [](auto const& a, auto const& b) { return a.query_id > b.query_id; });
    stored.erase(std::unique(stored.begin(), stored.end(),
                             [](auto const& a, auto const& b) { return a.query_id == b.query_id; }),
                 stored.end());
    std::size_t bytes = 0, kept = 0;
    while (kept < std::min(stored.size(), most_turns)) {
        bytes += stored[kept].question.size() + stored[kept].sql.size();
        if (bytes > most_turn_bytes) break;
        ++kept;
    }
    stored.resize(kept);
    std::reverse(stored.begin(), stored.end());
    return stored;
}

}  // namespace vanna::ask
