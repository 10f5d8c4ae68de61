#include "core/auth/credentials.hpp"

#include <algorithm>

namespace vanna::auth {
namespace {

constexpr std::size_t most_email_bytes = 254;  // RFC 5321, errata 1690

// How many code points; nothing when it is not UTF-8 (overlong forms and surrogates included).
std::optional<std::size_t> code_points(std::string_view text) {
    std::size_t count = 0;
    for (std::size_t i = 0; i < text.size(); ++count) {
        auto const lead = static_cast<unsigned char>(text[i]);
        std::size_t const length = lead < 0x80 ? 1 : lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
        if ((lead >= 0x80 && lead < 0xC2) || lead > 0xF4 || i + length > text.size()) return {};
        std::uint32_t point = length == 1 ? lead : lead & (0x7Fu >> length);
        for (std::size_t k = 1; k < length; ++k) {
            auto const next = static_cast<unsigned char>(text[i + k]);
            if (next >> 6 != 2) return {};
            point = point << 6 | (next & 0x3Fu);
        }
        bool const overlong = (length == 3 && point < 0x800) || (length == 4 && point < 0x10000);
        if (overlong || point > 0x10FFFF || (point >= 0xD800 && point <= 0xDFFF)) return {};
        i += length;
    }
    return count;
}

error refused(std::string field, std::string message) {
    return error{errc::invalid_input, public_text{field + ": " + message}}.with_field(field, message);
}

}  // namespace

result<void> check_password(std::string_view password, std::string field) {
    auto const characters = code_points(password);
    if (!characters) return refused(field, "is not valid UTF-8");
    if (*characters < least_password_characters)
        return refused(field, "has " + std::to_string(*characters) + " characters; at least " +
                                  std::to_string(least_password_characters) + " are needed");
    if (password.size() > most_password_bytes)
        return refused(field, "is " + std::to_string(password.size()) + " bytes long; at most " +
                                  std::to_string(most_password_bytes) + " bytes count, so more are refused");
    if (password.find('\0') != std::string_view::npos)
        return refused(field, "holds a zero byte, after which nothing would count");
    return {};
}

result<void> check_email(std::string_view email, std::string field) {
    auto const at = email.find('@');
    bool const shape =
        at != std::string_view::npos && at > 0 && at + 1 < email.size() &&
        email.find('@', at + 1) == std::string_view::npos &&
        std::none_of(email.begin(), email.end(), [](unsigned char c) {
            return c <= ' ' || c == 0x7F || c == '"' || c == '<' || c == '>' || c == ',' || c == ';';
        });
    if (!shape || !code_points(email))
        return refused(field, "is not an e-mail address like name@example.com");
    if (email.size() > most_email_bytes)
        return refused(field, "is longer than " + std::to_string(most_email_bytes) + " bytes");
    return {};
}

std::string lower_email(std::string_view email) {
    std::string out(email);
    for (char& c : out)
        if (c >= 'A' && c <= 'Z') c = char(c + 32);
    return out;
}

}  // namespace vanna::auth
