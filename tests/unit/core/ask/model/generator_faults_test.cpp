#include "core/async/pause.hpp"
#include "tests/unit/core/ask/model/model_scene.hpp"

namespace vanna::ask::model {

using namespace test;

BOOST_AUTO_TEST_SUITE(model_generator_and_faults)

BOOST_AUTO_TEST_CASE(an_error_in_place_of_an_answer_is_told_in_a_few_words_and_without_the_key) {
    scene s;
    s.how.key = "sk-very-secret";
    std::string const problem =
        R"({"error":{"message":"no sk-very-secret )" + std::string(200000, 'x') + "\"}}";
    auto const check = [&] {
        auto const made = s.ask();
        BOOST_REQUIRE(!made);
        BOOST_TEST(made.error().message == "the model gave no answer that can be used");
        BOOST_TEST(holds(made.error().detail, "it answered with an error: no ***"));
        BOOST_TEST(!holds(made.error().detail, "sk-very"));
        BOOST_TEST(made.error().detail.size() < 300u);
    };
    s.answers = {reply("200 OK", problem)};
    check();
    s.what.observer = std::make_shared<listener>();
    s.answers = {stream_head + ("data: " + problem) + "\n\n"};
    check();
}

BOOST_AUTO_TEST_CASE(a_redirect_is_not_followed) {
    scene s;
    s.answers = {reply("307 Temporary Redirect", "", "Location: http://127.0.0.1:9/v1/chat/completions\r\n")};
    BOOST_TEST(holds(s.failure(), "answered 307"));
    BOOST_TEST(s.requests.size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_statement_that_fills_the_prompt_is_not_repaired_and_a_long_error_is_cut) {
    scene s;
    s.repair = true;
    s.how.send_samples = true;
    s.answers = {says("SELECT 2")};
    s.failed_sql = "SELECT " + std::string(40000, '1');
    BOOST_TEST(holds(s.failure(), "too long to be put right"));
    BOOST_TEST(s.requests.empty());
    s.failed_sql = "SELECT x";
    s.failed_error = "oh \xC3\xA4" + std::string(100000, 'e');
    BOOST_TEST(s.ask().value().sql == "SELECT 2");
    BOOST_TEST(holds(s.requests[0], "oh "));
    BOOST_TEST(s.requests[0].size() < 20000u);
}

BOOST_AUTO_TEST_CASE(a_refusal_that_only_names_a_parameter_costs_it_nothing_for_good) {
    scene s;
    s.answers = {reply("400 Bad Request", "too long: 'the temperature of ...'")};
    BOOST_TEST(!s.ask());
    BOOST_TEST(s.requests.size() == 2u);
    scene next;
    next.answers = {reply("400 Bad Request", "too long: 'the temperature of ...'"),
                    reply("400 Bad Request", "still too long"), says("SELECT 1")};
    BOOST_TEST(next.ask(std::chrono::seconds(5), 2).value().sql == "SELECT 1");
    BOOST_TEST(next.sent(2).as_object().contains("temperature"));
}

BOOST_AUTO_TEST_CASE(what_is_not_the_models_fault_does_not_keep_it_from_being_asked) {
    scene s;
    s.how.time_allowed = std::chrono::milliseconds(-1);
    s.answers = {says("SELECT 1")};
    for (int i = 0; i < 6; ++i)
        BOOST_TEST(holds(s.failure(), "did not answer in time"));
    BOOST_TEST(s.requests.empty());
    s.how.time_allowed = std::chrono::seconds(5);
    s.what.observer = std::make_shared<listener>();
    s.play = [](tcp::socket& socket) -> awaitable<void> {
        co_await write(socket, stream_head);
        for (int i = 0; i < 20; ++i)
            co_await write(socket, event(std::string(8000, 'x')));
    };
    for (int i = 0; i < 6; ++i)
        BOOST_TEST(holds(s.failure(), "longer than is taken"));
    s.play = nullptr;
    s.requests.clear();
    s.what.observer = nullptr;
    BOOST_TEST(s.ask().value().sql == "SELECT 1");
}

BOOST_AUTO_TEST_CASE(who_follows_slowly_takes_none_of_its_time) {
    struct slow : listener {
        awaitable<void> said(std::string_view generator, std::string text) override {
            co_await pause_for(std::chrono::milliseconds(200));
            co_await listener::said(generator, std::move(text));
        }
    };
    scene s;
    s.how.time_allowed = std::chrono::milliseconds(300);
    s.what.observer = std::make_shared<slow>();
    s.play = [](tcp::socket& socket) -> awaitable<void> {
        co_await write(socket, stream_head + event("SELECT"));
        for (auto const* piece : {" 1,", " 2,", " 3"}) {
            co_await pause_for(std::chrono::milliseconds(20));
            co_await write(socket, event(piece));
        }
        co_await write(socket, "data: [DONE]\n\n");
    };
    BOOST_TEST(s.ask().value().sql == "SELECT 1, 2, 3");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vanna::ask::model
