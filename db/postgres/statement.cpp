#include "db/postgres/statement.hpp"

#include "core/sql/utf8.hpp"

namespace vanna::postgres {
params& params::add(std::string_view value) {
    offsets_.push_back(text_.size());
    for (auto zero = value.find('\0'); zero != value.npos; zero = value.find('\0')) {
        text_.append(value.substr(0, zero)).append(sql::replacement_character);
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
        auto const [length, valid] = sql::next_utf8(text);
        out.append(valid && text.front() != '\0' ? text.substr(0, length) : sql::replacement_character);
        text.remove_prefix(length);
    }
    return out;
}

}  // namespace vanna::postgres
