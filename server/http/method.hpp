// Request methods the server knows; anything else is `other` and matches no route.
#pragma once
#include <cstdint>
#include <string_view>

namespace vanna::http {

enum class method : std::uint8_t { get, head, post, put, patch, del, options, other };
inline constexpr std::size_t method_count = 8;

constexpr std::string_view to_string(method m) {
    constexpr std::string_view names[] = {"GET",   "HEAD",   "POST",    "PUT",
                                          "PATCH", "DELETE", "OPTIONS", "OTHER"};
    return names[std::size_t(m)];
}

constexpr method parse_method(std::string_view text) {
    for (std::uint8_t i = 0; i + 1 < method_count; ++i)
        if (to_string(method(i)) == text) return method(i);
    return method::other;
}

// Methods that change nothing (RFC 9110, 9.2.1).
constexpr bool is_safe(method m) {
    return m == method::get || m == method::head || m == method::options;
}

}  // namespace vanna::http
