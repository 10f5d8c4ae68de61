#include "server/http/reply_head.hpp"

#include <charconv>
#include <ctime>

#include "server/http/problem.hpp"

namespace vanna::http {

void append_number(std::string& out, std::uint64_t value, int base) {
    char digits[24];
    auto const end = std::to_chars(digits, digits + sizeof digits, value, base).ptr;
    out.append(digits, end);
}

void append_field(std::string& out, std::string_view name, std::string_view value) {
    out += name;
    out += ": ";
    auto const begin = out.size();
    out += value;
    for (std::size_t i = begin; i < out.size(); ++i)
        if (static_cast<unsigned char>(out[i]) < 0x20 || out[i] == 0x7f) out[i] = ' ';
    out += "\r\n";
}

void append_head(std::string& out, response const& what, reply_head const& how) {
    out += how.version >= 11 ? "HTTP/1.1 " : "HTTP/1.0 ";
    append_number(out, what.status);
    out += ' ';
    out += reason_of(what.status);
    out += "\r\ndate: ";
    out += how.date;
    if (!what.content_type.empty() && what.status != 204 && what.status != 304) {
        out += "\r\ncontent-type: ";
        out += what.content_type;
    }
    if (how.body == framing::length) {
        out += "\r\ncontent-length: ";
        append_number(out, how.length);
    } else if (how.body == framing::chunked) {
        out += "\r\ntransfer-encoding: chunked";
    }
    if (!how.keep_alive)
        out += "\r\nconnection: close";
    else if (how.version < 11)
        out += "\r\nconnection: keep-alive";
    out += "\r\nx-request-id: ";
    out += how.request_id;
    out += "\r\n";
    if (!how.allow_origin.empty()) append_field(out, "access-control-allow-origin", how.allow_origin);
    if (!how.vary.empty()) append_field(out, "vary", how.vary);
    for (auto const& [name, value] : what.headers)
        append_field(out, name, value);
    out += how.fixed;
    out += "\r\n";
}

std::string http_date(std::chrono::system_clock::time_point t) {
    auto const seconds = std::chrono::system_clock::to_time_t(t);
    std::tm parts{};
    gmtime_r(&seconds, &parts);
    char text[40];
    auto const n = std::strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S GMT", &parts);
    return {text, n};
}

}  // namespace vanna::http
