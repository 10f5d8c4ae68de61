// Headers that every reply carries: complete lines, appended as one block.
#pragma once
#include <string_view>

namespace vanna::http {

inline constexpr std::string_view api_headers =
    "x-content-type-options: nosniff\r\n"
    "x-frame-options: DENY\r\n"
    "referrer-policy: no-referrer\r\n"
    "cross-origin-opener-policy: same-origin\r\n"
    "content-security-policy: default-src 'none'; frame-ancestors 'none'; base-uri 'none'; "
    "form-action 'none'\r\n";

// The same for replies that bring a content-security-policy of their own (the docs, the web page).
inline constexpr std::string_view page_headers =
    api_headers.substr(0, api_headers.find("content-security-policy"));

}  // namespace vanna::http
