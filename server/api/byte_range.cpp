#include "server/api/byte_range.hpp"

#include <algorithm>
#include <charconv>

namespace vanna::api {
namespace {

std::optional<std::uint64_t> number(std::string_view text) {
    std::uint64_t n = 0;
    auto const [end, ec] = std::from_chars(text.data(), text.data() + text.size(), n);
    if (text.empty() || ec != std::errc{} || end != text.data() + text.size()) return {};
    return n;
}

}  // namespace

asked_range parse_range(std::string_view header, std::uint64_t size) {
    constexpr std::string_view unit = "bytes=";
    asked_range const whole{range_kind::whole, {0, size}};
    if (!header.starts_with(unit)) return whole;
    auto const text = header.substr(unit.size());
    auto const dash = text.find('-');
    if (dash == text.npos) return whole;
    auto const from = text.substr(0, dash), to = text.substr(dash + 1);
    if (from.empty()) {  // the last n bytes
        auto const n = number(to);
        if (!n) return whole;
        if (*n == 0 || size == 0) return {range_kind::unsatisfiable, {}};
        auto const length = std::min(*n, size);
        return {range_kind::part, {size - length, length}};
    }
    auto const first = number(from), last = to.empty() ? std::optional(UINT64_MAX) : number(to);
    if (!first || !last || *last < *first) return whole;
    if (*first >= size) return {range_kind::unsatisfiable, {}};
    return {range_kind::part, {*first, std::min(*last, size - 1) - *first + 1}};
}

}  // namespace vanna::api
