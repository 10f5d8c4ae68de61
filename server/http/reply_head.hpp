// Writes the head of a reply into the connection's one buffer: no header map, no formatting library.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "server/http/response.hpp"

namespace vanna::http {

enum class framing { length, chunked, until_close, none };

struct reply_head {
    unsigned version = 11;
    framing body = framing::length;
    std::size_t length = 0;
    bool keep_alive = true;
    std::string_view date;  // IMF-fixdate
    std::string_view request_id;
    std::string_view fixed;               // complete header lines, the same on every reply
    std::string_view allow_origin, vary;  // CORS; empty: not sent
};

void append_head(std::string& out, response const& what, reply_head const& how);
void append_number(std::string& out, std::uint64_t value, int base = 10);
// "name: value\r\n" with control characters of the value replaced by spaces.
void append_field(std::string& out, std::string_view name, std::string_view value);
// "Sun, 06 Nov 1994 08:49:37 GMT" (RFC 9110, 5.6.7).
std::string http_date(std::chrono::system_clock::time_point t);

}  // namespace vanna::http
