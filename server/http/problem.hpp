// Errors as HTTP: the one place that maps errc to a status, and the text of application/problem+json
// (RFC 9457). Only the public half of an error gets in.
#pragma once
#include <string>
#include <string_view>

#include "core/error.hpp"

namespace vanna::http {

struct response;

unsigned status_of(errc code);
std::string_view reason_of(unsigned status);

// {"type","title","status","detail","request_id"} and what the error has of errors, rule, position.
std::string problem_json(error const& why, unsigned status, std::string_view request_id);

// A problem that has no errc of its own: "method-not-allowed", "header-too-large" …
response problem(unsigned status, std::string type, std::string detail);

}  // namespace vanna::http
