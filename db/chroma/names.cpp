#include "db/chroma/names.hpp"

#include <algorithm>
#include <charconv>

namespace vanna::chroma {
namespace {

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}
bool is_alphanumeric(char c) {
    return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

}  // namespace

bool is_valid_name(std::string_view name) {
    if (name.size() < 3 || name.size() > 512) return false;
    if (!is_alphanumeric(name.front()) || !is_alphanumeric(name.back())) return false;
    if (name.find("..") != std::string_view::npos) return false;
    auto const allowed = [](char c) { return is_alphanumeric(c) || c == '.' || c == '_' || c == '-'; };
    bool const address =
        std::count(name.begin(), name.end(), '.') == 3 &&
        std::all_of(name.begin(), name.end(), [](char c) { return is_digit(c) || c == '.'; });
    return !address && std::all_of(name.begin(), name.end(), allowed);
}

std::optional<unsigned> generation_of(std::string_view name, std::string_view base) {
    if (!name.starts_with(base)) return {};
    name.remove_prefix(base.size());
    if (!name.starts_with('_')) return {};
    name.remove_prefix(1);
    unsigned n = 0;
    auto const [end, failure] = std::from_chars(name.data(), name.data() + name.size(), n);
    if (failure != std::errc{} || end != name.data() + name.size() || n == 0 || name.front() == '0')
        return {};
    return n;
}

std::string generation_name(std::string_view base, unsigned n) {
    return std::string(base) + "_" + std::to_string(n);
}

}  // namespace vanna::chroma
