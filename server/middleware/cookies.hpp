// The browser's session cookie: reading it, setting it, taking it back (RFC 6265).
#pragma once
#include <chrono>
#include <string>
#include <string_view>

namespace vanna::http {

inline constexpr std::string_view session_cookie_name = "vanna_session";

// The value of one cookie in a Cookie header; empty when it is not there.
std::string_view cookie(std::string_view header, std::string_view name);

// A Set-Cookie value: HttpOnly, SameSite=Strict, Path=/; Secure when the client speaks https.
std::string session_cookie(std::string_view token, std::chrono::seconds life, bool secure);
std::string expired_session_cookie(bool secure);

}  // namespace vanna::http
