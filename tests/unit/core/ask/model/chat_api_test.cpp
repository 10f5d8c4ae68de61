#include "core/ask/model/chat_api.hpp"

#include <boost/json.hpp>
#include <boost/test/unit_test.hpp>

namespace vanna::ask::model::chat_api {
namespace {

std::string problem(result<said> const& read) {
    BOOST_REQUIRE(!read);
    return read.error().message + " " + read.error().detail;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(chat_completions)

BOOST_AUTO_TEST_CASE(are_asked_for_with_a_system_and_a_user_message) {
    auto const sent = boost::json::parse(
        request({.model = "m", .system = "rules", .user = "a \"question\"", .stream = true}));
    BOOST_TEST(sent.at("model").as_string() == "m");
    BOOST_TEST(sent.at("stream").as_bool());
    BOOST_TEST(sent.at("temperature").as_int64() == 0);
    BOOST_TEST(sent.at("max_tokens").as_int64() > 0);
    BOOST_TEST(sent.at("messages").at(0).at("role").as_string() == "system");
    BOOST_TEST(sent.at("messages").at(1).at("content").as_string() == "a \"question\"");
    auto const bare = boost::json::parse(request(
        {.model = "m", .system = "", .user = "", .with_temperature = false, .with_max_tokens = false}));
    BOOST_TEST(!bare.as_object().contains("temperature"));
    BOOST_TEST(!bare.as_object().contains("max_tokens"));
}

BOOST_AUTO_TEST_CASE(give_their_text_and_how_they_ended) {
    auto const whole =
        read(R"({"choices":[{"message":{"role":"assistant","content":"SELECT 1"},"finish_reason":"stop"}]})");
    BOOST_TEST((whole->text == "SELECT 1" && whole->finished && !whole->cut_short));
    BOOST_TEST(read(R"({"choices":[{"message":{"content":"S"},"finish_reason":"length"}]})")->cut_short);
    BOOST_TEST(
        read(R"({"choices":[{"message":{"content":[{"type":"text","text":"a"},{"text":"b"}]}}]})")->text ==
        "ab");
    BOOST_TEST(read(R"({"choices":[{"message":{"content":null}}]})")->text == "");
}

BOOST_AUTO_TEST_CASE(come_in_events_that_may_add_nothing) {
    auto const piece = read_event(R"({"choices":[{"delta":{"content":"SEL"},"finish_reason":null}]})");
    BOOST_TEST((piece->text == "SEL" && !piece->finished));
    BOOST_TEST(read_event(R"({"choices":[{"delta":{"role":"assistant"}}]})")->text == "");
    BOOST_TEST(read_event(R"({"choices":[],"usage":{"total_tokens":3}})")->text == "");
    BOOST_TEST(read_event(R"({"choices":[{"delta":{},"finish_reason":"stop"}]})")->finished);
    BOOST_TEST(read_event("[DONE]")->finished);
}

BOOST_AUTO_TEST_CASE(that_are_not_as_they_should_be_are_told_apart) {
    BOOST_TEST(problem(read("<html>")).find("not JSON") != std::string::npos);
    BOOST_TEST(problem(read("[]")).find("no JSON object") != std::string::npos);
    BOOST_TEST(problem(read("{}")).find("no \"choices\"") != std::string::npos);
    BOOST_TEST(problem(read(R"({"choices":[]})")).find("no \"choices\"") != std::string::npos);
    BOOST_TEST(problem(read(R"({"choices":[{"message":{}}]})")).find("no \"content\"") != std::string::npos);
    BOOST_TEST(problem(read(R"({"error":{"message":"out of memory"}})")).find("out of memory") !=
               std::string::npos);
    BOOST_TEST(problem(read_event(R"({"error":"busy"})")).find("busy") != std::string::npos);
    BOOST_TEST(problem(read_event("{\"choices\":[{\"delta\":{\"cont")).find("not JSON") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vanna::ask::model::chat_api
