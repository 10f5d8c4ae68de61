#include "server/http/problem.hpp"

#include <boost/json.hpp>
#include <boost/test/unit_test.hpp>

#include "server/http/response.hpp"

namespace vanna::http {

BOOST_AUTO_TEST_SUITE(problems)

BOOST_AUTO_TEST_CASE(a_problem_holds_the_public_half_of_an_error_and_nothing_of_the_other) {
    error why(errc::query_refused, public_text{"no \"DROP\" here"}, internal_text{"host db7"});
    why.rule = "statement-kind";
    why.position = 3;
    why.fields.push_back({"sql", "must read"});
    auto const text = problem_json(why, 422, "req-1");
    BOOST_TEST(text.find("db7") == text.npos);
    auto const body = boost::json::parse(text).as_object();
    BOOST_TEST(body.at("type").as_string() == "query-refused");
    BOOST_TEST(body.at("title").as_string() == "Query refused");
    BOOST_TEST(body.at("status").to_number<int>() == 422);
    BOOST_TEST(body.at("detail").as_string() == "no \"DROP\" here");
    BOOST_TEST(body.at("request_id").as_string() == "req-1");
    BOOST_TEST(body.at("rule").as_string() == "statement-kind");
    BOOST_TEST(body.at("position").to_number<int>() == 3);
    BOOST_TEST(body.at("errors").as_array().at(0).at("field").as_string() == "sql");
    BOOST_TEST(body.at("errors").as_array().at(0).at("message").as_string() == "must read");
}

BOOST_AUTO_TEST_CASE(what_an_error_does_not_have_is_left_out) {
    auto const body =
        boost::json::parse(problem_json({errc::not_found, public_text{"no"}}, 404, "r")).as_object();
    BOOST_TEST(body.size() == 5u);
}

BOOST_AUTO_TEST_CASE(every_code_has_a_status_with_a_reason) {
    std::pair<errc, unsigned> const expected[] = {
        {errc::invalid_input, 422},   {errc::bad_request, 400},       {errc::unauthenticated, 401},
        {errc::forbidden, 403},       {errc::not_found, 404},         {errc::conflict, 409},
        {errc::too_large, 413},       {errc::query_refused, 422},     {errc::query_invalid, 422},
        {errc::query_too_large, 422}, {errc::rate_limited, 429},      {errc::unavailable, 503},
        {errc::overloaded, 503},      {errc::deadline_exceeded, 504}, {errc::cancelled, 499},
        {errc::internal, 500}};
    for (auto const& [code, status] : expected) {
        BOOST_TEST(status_of(code) == status);
        BOOST_TEST(reason_of(status) != "Status");
        BOOST_TEST(response(error(code, public_text{"x"})).status == status);
    }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vanna::http
