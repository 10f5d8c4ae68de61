#include "server/http/response.hpp"

#include "server/http/problem.hpp"

namespace vanna::http {

response::response(error why)
    : status(status_of(why.code)), failure(std::make_unique<error>(std::move(why))) {}

response text_response(std::string body, std::string_view content_type, unsigned status) {
    response made(std::move(body), status);
    made.content_type = content_type;
    return made;
}

response no_content() {
    return response(std::string(), 204);
}

response redirect(std::string location, unsigned status) {
    return text_response("").with("location", std::move(location)).with_status(status);
}

response accepted(std::string json, std::string location) {
    return response(std::move(json), 202).with("location", std::move(location));
}

}  // namespace vanna::http
