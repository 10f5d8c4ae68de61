#include "db/postgres/statement.hpp"

namespace vanna::postgres {
namespace {

constexpr std::string_view replacement = "\xEF\xBF\xBD";

// Length of the UTF-8 sequence at the front of `text`; 0 when it is not one (RFC 3629: no overlong forms, no
// surrogates).
std::size_t sequence_length(std::string_view text) {
    auto const at = [&](std::size_t i) { return i < text.size() ? std::uint8_t(text[i]) : 0u; };
    auto const tail = [&](std::size_t i) { return (at(i) & 0xC0) == 0x80; };
    auto const first = at(0);
    if (first < 0x80) return 1;
    if (first >= 0xC2 && first <= 0xDF) return tail(1) ? 2 : 0;
    if ((first & 0xF0) == 0xE0) {
        bool const good = (first != 0xE0 || at(1) >= 0xA0) && (first != 0xED || at(1) < 0xA0);
        return good && tail(1) && tail(2) ? 3 : 0;
    }
    if (first >= 0xF0 && first <= 0xF4) {
        bool const good = (first != 0xF0 || at(1) >= 0x90) && (first != 0xF4 || at(1) < 0x90);
        return good && tail(1) && tail(2) && tail(3) ? 4 : 0;
    }
    return 0;
}

}  // namespace

params& params::add(std::string_view value) {
    offsets_.push_back(text_.size());
    for (auto zero = value.find('\0'); zero != value.npos; zero = value.find('\0')) {
        text_.append(value.substr(0, zero)).append(replacement);
        value.remove_prefix(zero + 1);
    }
    text_.append(value).push_back('\0');
    return *this;
}

params& params::add(uuid const& value) {
    offsets_.push_back(text_.size());
    append(text_, value);
    text_.push_back('\0');
    return *this;
}

params& params::add(instant value) {
    return add(std::string_view(to_rfc3339(value)));
}

params& params::add(std::nullptr_t) {
    offsets_.push_back(null);
    return *this;
}

params& params::add_bytes(std::string_view bytes) {
    constexpr char hex[] = "0123456789abcdef";
    offsets_.push_back(text_.size());
    text_.append("\\x");
    for (char const c : bytes) {
        text_.push_back(hex[std::uint8_t(c) >> 4]);
        text_.push_back(hex[std::uint8_t(c) & 15]);
    }
    text_.push_back('\0');
    return *this;
}

params& params::add_list(std::vector<std::string> const& values) {
    std::string out = "{";
    for (auto const& value : values) {
        if (out.size() > 1) out.push_back(',');
        out.push_back('"');
        for (char const c : value) {
            if (c == '"' || c == '\\') out.push_back('\\');
            out.push_back(c);
        }
        out.push_back('"');
    }
    return add(std::string_view(out.append("}")));
}

std::vector<char const*> params::pointers() const {
    std::vector<char const*> out;
    out.reserve(offsets_.size());
    for (auto const offset : offsets_)
        out.push_back(offset == null ? nullptr : text_.data() + offset);
    return out;
}

std::string storable(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    while (!text.empty()) {
        auto const length = sequence_length(text);
        if (length == 0 || text.front() == '\0') {
            out.append(replacement);
            text.remove_prefix(1);
        } else {
            out.append(text.substr(0, length));
            text.remove_prefix(length);
        }
    }
    return out;
}

}  // namespace vanna::postgres
