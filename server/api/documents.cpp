#include "core/auth/secret.hpp"
#include "server/api/handlers.hpp"
#include "server/api/reply.hpp"
#include "server/web/files.hpp"

namespace vanna::api {
namespace {

reply file(std::string_view name, std::optional<std::string_view> bytes) {
    if (!bytes) return error{errc::not_found, public_text{"there is no such page"}};
    return http::text_response(std::string(*bytes), web::content_type(name))
        .with("cache-control", "no-cache");
}

// Prometheus's token, compared without telling by the time taken how much of it is right.
bool may_scrape(std::string const& token, http::request const& r) {
    if (token.empty()) return true;
    auto const given = auth::bearer_token(r.header("authorization"));
    return given && auth::same_bytes(*given, token);
}

}  // namespace

reply get_metrics(context& c, http::request& r) {
    if (!may_scrape(c.settings.get()->metrics_token, r))
        return error{errc::unauthenticated, public_text{"the metrics want METRICS_TOKEN as bearer token"}};
    return http::text_response(c.metrics(), "text/plain; version=0.0.4; charset=utf-8");
}

reply get_openapi(context&, http::request&) {
    return file("openapi.json", web::file("openapi.json"));
}
reply get_docs(context&, http::request&) {
    return file("docs.html", web::file("docs.html"))
        .with("content-security-policy", std::string(web::page_policy));
}
reply get_docs_asset(context&, http::request& r) {
    return file(r.parameter("file"), web::page_part(r.parameter("file")));
}
reply get_root(context&, http::request&) {
    return http::redirect("/docs");
}

}  // namespace vanna::api
