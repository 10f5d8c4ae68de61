#include "server/http/uri.hpp"

#include <boost/beast/core/string.hpp>

#include "core/sql/utf8.hpp"

namespace vanna::http {
namespace {

int hex(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

}  // namespace

std::optional<std::string> percent_decode(std::string_view text, bool plus_is_space) {
    std::string out;
    out.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        char c = text[i];
        if (c == '%') {
            if (i + 2 >= text.size()) return {};
            int const high = hex(text[i + 1]), low = hex(text[i + 2]);
            if (high < 0 || low < 0 || (high == 0 && low == 0)) return {};
            c = char(high * 16 + low);
            i += 2;
        } else if (c == '+' && plus_is_space) {
            c = ' ';
        }
        out.push_back(c);
    }
    if (!sql::is_utf8(out)) return {};
    return out;
}

std::optional<query_parameters> parse_query(std::string_view text) {
    query_parameters out;
    while (!text.empty()) {
        auto const end = text.find('&');
        auto const part = text.substr(0, end);
        text.remove_prefix(end == text.npos ? text.size() : end + 1);
        if (part.empty()) continue;
        auto const equals = part.find('=');
        auto name = percent_decode(part.substr(0, equals), true);
        auto value = equals == part.npos ? std::string() : percent_decode(part.substr(equals + 1), true);
        if (!name || !value) return {};
        out.emplace_back(std::move(*name), std::move(*value));
    }
    return out;
}

bool equal_in_any_case(std::string_view a, std::string_view b) {
    return boost::beast::iequals(a, b);
}

}  // namespace vanna::http
