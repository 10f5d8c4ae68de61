#include "server/middleware/cookies.hpp"

namespace vanna::http {

std::string_view cookie(std::string_view header, std::string_view name) {
    while (!header.empty()) {
        auto const end = header.find(';');
        auto pair = header.substr(0, end);
        header.remove_prefix(end == header.npos ? header.size() : end + 1);
        while (pair.starts_with(' '))
            pair.remove_prefix(1);
        auto const equals = pair.find('=');
        if (equals == pair.npos || pair.substr(0, equals) != name) continue;
        auto value = pair.substr(equals + 1);
        if (value.size() >= 2 && value.starts_with('"') && value.ends_with('"'))
            value = value.substr(1, value.size() - 2);
        return value;
    }
    return {};
}

std::string session_cookie(std::string_view token, std::chrono::seconds life, bool secure) {
    std::string out(session_cookie_name);
    out += '=';
    out += token;
    out += "; Path=/; HttpOnly; SameSite=Strict; Max-Age=";
    out += std::to_string(life.count());
    if (secure) out += "; Secure";
    return out;
}

std::string expired_session_cookie(bool secure) {
    return session_cookie("", std::chrono::seconds(0), secure);
}

}  // namespace vanna::http
