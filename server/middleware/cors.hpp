// Cross-origin calls by browsers (Fetch standard): only from CORS_ORIGINS, never with cookies.
#pragma once
#include <string>
#include <vector>

#include "server/http/request.hpp"
#include "server/http/response.hpp"

namespace vanna::http {

// What access-control-allow-origin is to say: the request's origin, "*", or empty when it is not allowed.
std::string_view allowed_origin(request const& what, std::vector<std::string> const& origins);

// OPTIONS: a preflight's answer, or the plain one with Allow. `allowed_methods` as router::allowed() says.
response options_reply(request const& what, std::vector<std::string> const& origins,
                       std::string allowed_methods);

}  // namespace vanna::http
