#include "server/http/router.hpp"

#include <boost/test/unit_test.hpp>

namespace vanna::http {
namespace {

struct world {};
struct other_world {};
response answer(world&, request&) {
    return {};
}
response answer_elsewhere(other_world&, request&) {
    return {};
}

constexpr route table[] = {
    {method::get, "/", to<&answer>},
    {method::get, "/items", to<&answer>},
    {method::post, "/items", to<&answer>},
    {method::get, "/items/{id}", to<&answer>},
    {method::get, "/items/status", to<&answer>},
    {method::get, "/items/status/{task}", to<&answer>},
    {method::del, "/items/{id}", to<&answer>},
    {method::get, "/items/{id}/parts/{part}", to<&answer>},
    {method::get, "/api/v1/admin/db/health", to<&answer>},
};

router::outcome find(router const& routes, request& r, std::string_view target, method m = method::get) {
    r.clear();
    r.method = m;
    r.set_target(target);
    return routes.find(r);
}

std::string_view template_of(router const& routes, std::string_view target, method m = method::get) {
    static request r;
    return find(routes, r, target, m) == router::outcome::found ? r.route->path : "none";
}

}  // namespace

BOOST_AUTO_TEST_SUITE(routers)

BOOST_AUTO_TEST_CASE(literals_win_over_parameters_and_both_lead_on) {
    router const routes{table};
    BOOST_TEST(template_of(routes, "/") == "/");
    BOOST_TEST(template_of(routes, "/items?x=/y") == "/items");
    BOOST_TEST(template_of(routes, "/items/7") == "/items/{id}");
    BOOST_TEST(template_of(routes, "/items/status") == "/items/status");
    BOOST_TEST(template_of(routes, "/items/status/7") == "/items/status/{task}");
    BOOST_TEST(template_of(routes, "/items/status/parts/7") == "/items/{id}/parts/{part}");
    BOOST_TEST(template_of(routes, "/items/7", method::head) == "/items/{id}");
}

BOOST_AUTO_TEST_CASE(parameters_are_decoded_once) {
    router const routes{table};
    request r;
    BOOST_TEST(int(find(routes, r, "/items/a%2Fb%2520/parts/%C3%A9")) == int(router::outcome::found));
    BOOST_TEST(r.parameter("id") == "a/b%20");
    BOOST_TEST(r.parameter("part") == "é");
    BOOST_TEST(r.parameter("nothing") == "");
    for (auto const* bad : {"/items/%", "/items/%1", "/items/%zz", "/items/%00"})
        BOOST_TEST(int(find(routes, r, bad)) == int(router::outcome::malformed), bad);
}

BOOST_AUTO_TEST_CASE(what_is_not_there_is_told_apart) {
    router const routes{table};
    request r;
    for (auto const* nowhere : {"/nothing", "/items/7/parts", "//", "/items//", "items", "", "*", "/ITEMS"})
        BOOST_TEST(int(find(routes, r, nowhere)) == int(router::outcome::not_found), nowhere);
    BOOST_TEST(int(find(routes, r, "/items/7", method::put)) == int(router::outcome::wrong_method));
    BOOST_TEST(routes.allowed(r) == "GET, HEAD, DELETE, OPTIONS");
    BOOST_TEST(int(find(routes, r, "/items/?x=1")) == int(router::outcome::trailing_slash));
    BOOST_TEST(int(find(routes, r, "/items/7", method::other)) == int(router::outcome::wrong_method));
}

BOOST_AUTO_TEST_CASE(an_alias_leads_to_the_same_routes) {
    router routes{table};
    routes.alias("/api/v1/admin/db", "/admin/db");
    BOOST_TEST(template_of(routes, "/admin/db/health") == "/api/v1/admin/db/health");
    BOOST_TEST(template_of(routes, "/admin/db") == "none");
}

BOOST_AUTO_TEST_CASE(a_wrong_table_does_not_start) {
    static constexpr route twice[] = {{method::get, "/a", to<&answer>}, {method::get, "/a", to<&answer>}};
    static constexpr route names[] = {{method::get, "/a/{x}", to<&answer>},
                                      {method::get, "/a/{y}/b", to<&answer>}};
    static constexpr route types[] = {{method::get, "/a", to<&answer>},
                                      {method::get, "/b", to<&answer_elsewhere>}};
    static constexpr route many[] = {{method::get, "/{a}/{b}/{c}/{d}/{e}", to<&answer>}};
    BOOST_CHECK_THROW(router{twice}, std::logic_error);
    BOOST_CHECK_THROW(router{names}, std::logic_error);
    BOOST_CHECK_THROW(router{types}, std::logic_error);
    BOOST_CHECK_THROW(router{many}, std::logic_error);
}

BOOST_AUTO_TEST_CASE(each_route_has_its_index) {
    router const routes{table};
    for (std::size_t i = 0; i < routes.size(); ++i)
        BOOST_TEST(routes.index_of(routes.at(i)) == i);
}

BOOST_AUTO_TEST_CASE(query_strings_keep_order_and_repetition) {
    auto const parsed = parse_query("a=1&b=x+y%2B&a=2&&c&=d");
    BOOST_REQUIRE(parsed);
    BOOST_REQUIRE(parsed->size() == 5u);
    BOOST_TEST((*parsed)[1].second == "x y+");
    BOOST_TEST((*parsed)[2].second == "2");
    BOOST_TEST((*parsed)[3].first == "c");
    BOOST_TEST((*parsed)[3].second == "");
    BOOST_TEST(!parse_query("a=%4"));
    BOOST_TEST(!parse_query("%00=a"));
    BOOST_TEST(!parse_query("a=%ff"));
    BOOST_TEST(!parse_query("a=%C3"));
    BOOST_TEST(parse_query("a=%C3%BC")->at(0).second == "ü");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vanna::http
