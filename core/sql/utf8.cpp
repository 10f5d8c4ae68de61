#include "core/sql/utf8.hpp"

#include <algorithm>

namespace vanna::sql {
namespace {

struct lead {
    unsigned char following, low, high;  // how many bytes follow, and the range of the first of them
};

lead classify(unsigned char c) {
    if (c >= 0xC2 && c <= 0xDF) return {1, 0x80, 0xBF};
    if (c == 0xE0) return {2, 0xA0, 0xBF};
    if (c == 0xED) return {2, 0x80, 0x9F};
    if (c >= 0xE1 && c <= 0xEF) return {2, 0x80, 0xBF};
    if (c == 0xF0) return {3, 0x90, 0xBF};
    if (c >= 0xF1 && c <= 0xF3) return {3, 0x80, 0xBF};
    if (c == 0xF4) return {3, 0x80, 0x8F};
    return {0, 0, 0};
}

}  // namespace

utf8_step next_utf8(std::string_view text) {
    auto const at = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    if (at(0) < 0x80) return {1, true};
    auto const first = classify(at(0));
    if (first.following == 0 || text.size() < 2 || at(1) < first.low || at(1) > first.high) return {1, false};
    for (std::size_t i = 2; i <= first.following; ++i)
        if (i >= text.size() || (at(i) & 0xC0) != 0x80) return {i, false};
    return {std::size_t(first.following) + 1, true};
}

bool is_utf8(std::string_view text) {
    while (!text.empty()) {
        auto const step = next_utf8(text);
        if (!step.valid) return false;
        text.remove_prefix(step.length);
    }
    return true;
}

std::string_view first_bytes(std::string_view text, std::size_t most) {
    if (text.size() <= most) return text;
    while (most > 0 && (text[most] & 0xC0) == 0x80)
        --most;
    return text.substr(0, most);
}

std::size_t characters_before(std::string_view text, std::size_t offset) {
    auto const before = text.substr(0, std::min(offset, text.size()));
    return std::size_t(
        std::count_if(before.begin(), before.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

}  // namespace vanna::sql
