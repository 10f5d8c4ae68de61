#include "server/middleware/cors.hpp"

namespace vanna::http {

std::string_view allowed_origin(request const& what, std::vector<std::string> const& origins) {
    if (origins.empty()) return {};
    auto const origin = what.header("origin");
    if (origin.empty()) return {};
    for (auto const& one : origins) {
        if (one == "*") return "*";
        if (one == origin) return origin;
    }
    return {};
}

response options_reply(request const& what, std::vector<std::string> const& origins,
                       std::string allowed_methods) {
    auto reply = no_content();
    if (what.has_header("access-control-request-method") && !allowed_origin(what, origins).empty()) {
        reply.headers.push_back({"access-control-allow-methods", allowed_methods});
        reply.headers.push_back(
            {"access-control-allow-headers", "authorization, content-type, accept, x-request-id"});
        reply.headers.push_back({"access-control-max-age", "600"});
    }
    reply.headers.push_back({"allow", std::move(allowed_methods)});
    return reply;
}

}  // namespace vanna::http
