#include "jobs/archive/refusal.hpp"

#include <cctype>
#include <cerrno>
#include <cstring>

namespace vanna::jobs::archive {
namespace {

constexpr std::size_t most_quoted = 80;

}  // namespace

error refusal(std::string type, std::string message) {
    return error{errc::invalid_input, public_text{std::move(message)}}.with_type(std::move(type));
}

std::string quoted(std::string_view text) {
    std::string out = "\"";
    for (unsigned char const c : text.substr(0, most_quoted))
        out += c >= 0x20 && c < 0x7f ? char(c) : '?';
    return out + (text.size() > most_quoted ? "…\"" : "\"");
}

error system_refusal(std::string_view doing, std::string_view path, int why) {
    std::string reason = std::strerror(why);
    reason[0] = char(std::tolower(static_cast<unsigned char>(reason[0])));
    auto const code = why == ENOENT ? errc::not_found : why == EEXIST ? errc::conflict : errc::unavailable;
    return {code, public_text{std::string(doing) + " " + std::string(path) + ": " + reason}};
}

}  // namespace vanna::jobs::archive
