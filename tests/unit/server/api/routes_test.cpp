#include "server/api/routes.hpp"

#include <boost/json.hpp>
#include <boost/test/unit_test.hpp>
#include <map>
#include <regex>

#include "server/web/files.hpp"

namespace vanna {
namespace {

// "get /api/v1/users/{}": names of parameters are each side's own.
std::string key(std::string method, std::string const& path) {
    for (char& c : method)
        c = char(std::tolower(static_cast<unsigned char>(c)));
    return method + " " + std::regex_replace(path, std::regex("\\{[^}]*\\}"), "{}");
}

std::string role_of(http::access needs) {
    switch (needs) {
        case http::access::viewer:
            return "viewer";
        case http::access::analyst:
            return "analyst";
        case http::access::admin:
            return "admin";
        default:
            return "anyone";
    }
}

std::map<std::string, std::string> documented() {
    std::map<std::string, std::string> out;
    auto const document = boost::json::parse(web::file("openapi.json").value());
    for (auto const& [path, item] : document.at("paths").as_object())
        for (auto const& [method, operation] : item.as_object())
            if (method != "parameters")
                out[key(std::string(method), std::string(path))] =
                    operation.at("x-required-role").as_string();
    return out;
}

std::map<std::string, std::string> served() {
    std::map<std::string, std::string> out;
    for (auto const& r : api::routes())
        out[key(std::string(http::to_string(r.method)), std::string(r.path))] = role_of(r.needs);
    return out;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(routes)

BOOST_AUTO_TEST_CASE(every_route_is_documented_with_the_role_it_needs) {
    auto const written = documented();
    for (auto const& [route, role] : served()) {
        auto const found = written.find(route);
        BOOST_REQUIRE_MESSAGE(found != written.end(), route << " is not in the OpenAPI document");
        BOOST_TEST(found->second == role,
                   route << " needs " << role << ", the document says " << found->second);
    }
}

BOOST_AUTO_TEST_CASE(everything_documented_is_served) {
    auto const known = served();
    for (auto const& [route, role] : documented())
        BOOST_TEST(known.contains(route), route << " is documented, but there is no such route");
}

BOOST_AUTO_TEST_CASE(only_probes_pages_and_logging_in_need_no_session) {
    for (auto const& [route, role] : served())
        if (role == "anyone")
            BOOST_TEST(std::regex_match(route, std::regex("get /[^/]*|get /health/.*|get /docs/.*|"
                                                          "post /api/v1/auth/(register|login|refresh|"
                                                          "password-reset/confirm)")),
                       route);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vanna
