#include "server/http/problem.hpp"

#include <boost/json.hpp>

#include "server/http/response.hpp"

namespace vanna::http {
namespace {

std::string title_of(std::string_view type) {
    std::string title(type);
    for (char& c : title)
        if (c == '-') c = ' ';
    if (!title.empty() && title[0] >= 'a' && title[0] <= 'z') title[0] = char(title[0] - 32);
    return title;
}

}  // namespace

unsigned status_of(errc code) {
    switch (code) {
        case errc::bad_request:
            return 400;
        case errc::unauthenticated:
            return 401;
        case errc::forbidden:
            return 403;
        case errc::not_found:
            return 404;
        case errc::conflict:
            return 409;
        case errc::too_large:
            return 413;
        case errc::invalid_input:
        case errc::query_refused:
        case errc::query_invalid:
        case errc::query_too_large:
            return 422;
        case errc::rate_limited:
            return 429;
        case errc::cancelled:
            return 499;
        case errc::internal:
            return 500;
        case errc::unavailable:
        case errc::overloaded:
            return 503;
        case errc::deadline_exceeded:
            return 504;
    }
    return 500;
}

std::string_view reason_of(unsigned status) {
    switch (status) {
        case 100:
            return "Continue";
        case 200:
            return "OK";
        case 201:
            return "Created";
        case 202:
            return "Accepted";
        case 204:
            return "No Content";
        case 206:
            return "Partial Content";
        case 302:
            return "Found";
        case 303:
            return "See Other";
        case 304:
            return "Not Modified";
        case 307:
            return "Temporary Redirect";
        case 308:
            return "Permanent Redirect";
        case 400:
            return "Bad Request";
        case 401:
            return "Unauthorized";
        case 403:
            return "Forbidden";
        case 404:
            return "Not Found";
        case 405:
            return "Method Not Allowed";
        case 406:
            return "Not Acceptable";
        case 408:
            return "Request Timeout";
        case 409:
            return "Conflict";
        case 413:
            return "Content Too Large";
        case 415:
            return "Unsupported Media Type";
        case 416:
            return "Range Not Satisfiable";
        case 417:
            return "Expectation Failed";
        case 422:
            return "Unprocessable Content";
        case 429:
            return "Too Many Requests";
        case 431:
            return "Request Header Fields Too Large";
        case 499:
            return "Client Closed Request";
        case 500:
            return "Internal Server Error";
        case 501:
            return "Not Implemented";
        case 503:
            return "Service Unavailable";
        case 504:
            return "Gateway Timeout";
        case 505:
            return "HTTP Version Not Supported";
    }
    return "Status";
}

std::string problem_json(error const& why, unsigned status, std::string_view request_id) {
    std::string const type = why.type.empty() ? std::string(to_string(why.code)) : why.type;
    boost::json::object out;
    out["type"] = type;
    out["title"] = title_of(type);
    out["status"] = status;
    out["detail"] = why.message;
    out["request_id"] = request_id;
    if (!why.fields.empty()) {
        auto& list = out["errors"].emplace_array();
        for (auto const& f : why.fields)
            list.push_back({{"field", f.field}, {"message", f.message}});
    }
    if (!why.rule.empty()) out["rule"] = why.rule;
    if (why.position) out["position"] = *why.position;
    return boost::json::serialize(out);
}

response problem(unsigned status, std::string type, std::string detail) {
    auto const code = status >= 500 ? errc::internal : errc::bad_request;
    return response(error(code, public_text{std::move(detail)}).with_type(std::move(type)))
        .with_status(status);
}

}  // namespace vanna::http
