#include "tests/unit/core/ask/model/model_scene.hpp"

namespace vanna::ask::model {

using namespace test;

BOOST_AUTO_TEST_SUITE(model_generator)

BOOST_AUTO_TEST_CASE(asks_for_the_sql_and_names_the_tables_it_rests_on) {
    scene s;
    s.how.key = "the-key";
    s.answers = {says("```sql\nSELECT COUNT(*) FROM Orders;\n```")};
    auto const made = s.ask().value();
    BOOST_TEST(made.sql == "SELECT COUNT(*) FROM Orders");
    BOOST_TEST(made.generator == "llm");
    BOOST_TEST((made.confidence > 0 && made.confidence < 1));
    BOOST_REQUIRE(made.sources.size() == 1u);
    BOOST_TEST(made.sources[0].name == "orders");
    BOOST_TEST(s.requests[0].starts_with("POST /v1/chat/completions HTTP/1.1"));
    BOOST_TEST(holds(s.requests[0], "Authorization: Bearer the-key\r\n"));
    BOOST_TEST(s.sent().at("stream").as_bool() == false);
    BOOST_TEST((s.outcomes == std::vector<std::string>{"answered"}));
}

BOOST_AUTO_TEST_CASE(passes_on_what_a_model_says_as_it_says_it) {
    scene s;
    auto const follower = std::make_shared<listener>();
    s.what.observer = follower;
    s.answers = {stream_head + event("```sql\nSEL") + event("ECT 1") + event("\n``") + event("`") +
                 "data: [DONE]\n\n"};
    BOOST_TEST(s.ask().value().sql == "SELECT 1");
    BOOST_TEST(follower->heard == "```sql\nSELECT 1\n```");
    BOOST_TEST(s.sent().at("stream").as_bool());
    s.answers = {says("SELECT 2")};
    follower->heard.clear();
    BOOST_TEST(s.ask().value().sql == "SELECT 2", "a server that cannot stream answers all the same");
    BOOST_TEST(follower->heard == "SELECT 2");
}

BOOST_AUTO_TEST_CASE(leaves_a_model_that_goes_on_for_ever_once_its_answer_stands) {
    scene s;
    s.what.observer = std::make_shared<listener>();
    s.play = [](tcp::socket& socket) -> awaitable<void> {
        co_await write(socket, stream_head + event("```sql\nSELECT 1\n```\n"));
        for (;;)
            co_await write(socket, event("and more "));
    };
    BOOST_TEST(s.ask().value().sql == "SELECT 1");
    s.play = [](tcp::socket& socket) -> awaitable<void> {
        co_await write(socket, stream_head);
        for (;;)
            co_await write(socket, event("blah blah "));
    };
    BOOST_TEST(holds(s.failure(), "longer than is taken"));
    s.play = [](tcp::socket& socket) -> awaitable<void> {
        co_await write(socket, stream_head + std::string("data: "));
        for (;;)
            co_await write(socket, std::string(1000, 'x'));
    };
    BOOST_TEST(holds(s.failure(), "longer than is taken"), "nor is an event without an end kept");
}

BOOST_AUTO_TEST_CASE(does_not_take_half_a_statement_for_a_whole_one) {
    scene s;
    s.what.observer = std::make_shared<listener>();
    s.answers = {stream_head + event("SELECT a FROM b WHERE c = 1")};
    BOOST_TEST(holds(s.failure(), "broke off"));
    s.answers = {stream_head + event("```sql\nSELECT 1\n```")};
    BOOST_TEST(s.ask().value().sql == "SELECT 1", "a closed fence is whole");
    s.answers = {stream_head + event("SELECT a") +
                 "data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"length\"}]}\n\n"};
    BOOST_TEST(holds(s.failure(), "limit of tokens"));
}

BOOST_AUTO_TEST_CASE(tries_again_what_may_pass_and_honours_retry_after_within_its_deadline) {
    scene s;
    s.answers = {reply("429 Too Many Requests", "slow down", "Retry-After: 0\r\n"),
                 reply("503 Service Unavailable", "loading"), says("SELECT 1")};
    BOOST_TEST(s.ask().value().sql == "SELECT 1");
    BOOST_TEST(s.requests.size() == 3u);
    s.requests.clear();
    s.answers = {reply("429 Too Many Requests", "slow down", "Retry-After: 4\r\n"), says("SELECT 1")};
    auto const began = std::chrono::steady_clock::now();
    BOOST_TEST(holds(s.failure(std::chrono::seconds(2)), "too busy"));
    BOOST_TEST((std::chrono::steady_clock::now() - began < std::chrono::seconds(2)),
               "it is not waited for in vain");
    BOOST_TEST(s.requests.size() == 1u);
}

BOOST_AUTO_TEST_CASE(gives_a_slow_model_its_time_and_no_more_however_long_the_asker_has) {
    scene s;
    s.how.time_allowed = std::chrono::milliseconds(100);
    s.play = [](tcp::socket& socket) -> awaitable<void> {
        std::string buffer;
        (void)co_await read_request(socket, buffer);  // there is none: it waits for the end
    };
    BOOST_TEST(holds(s.failure(), "did not answer in time"));
    BOOST_TEST((s.outcomes == std::vector<std::string>{"timeout"}));
}

BOOST_AUTO_TEST_CASE(does_not_ask_a_model_that_keeps_failing) {
    scene s;
    s.answers = {reply("500 Internal Server Error", "boom")};
    for (int i = 0; i < 4; ++i)
        (void)s.failure();
    BOOST_TEST(s.requests.size() == 5u);
    BOOST_TEST(holds(s.failure(), "is not asked after its failures"));
}

BOOST_AUTO_TEST_CASE(tells_people_neither_where_the_model_is_nor_what_it_said_nor_the_key) {
    scene s;
    s.how.key = "sk-very-secret";
    s.answers = {reply("401 Unauthorized", "wrong key sk-very-secret")};
    auto const made = s.ask();
    BOOST_REQUIRE(!made);
    BOOST_TEST(made.error().message == "the model gave no answer that can be used");
    BOOST_TEST(holds(made.error().detail, "(see LLM_API_KEY)"));
    BOOST_TEST(!holds(made.error().detail, "sk-very"));
}

BOOST_AUTO_TEST_CASE(asks_without_the_parameters_that_a_model_refuses) {
    scene s;
    s.answers = {reply("400 Bad Request", "Unsupported parameter: 'max_tokens'"),
                 reply("400 Bad Request", "'temperature' does not support 0"), says("SELECT 1")};
    BOOST_TEST(s.ask(std::chrono::seconds(5), 2).value().sql == "SELECT 1");
    BOOST_REQUIRE(s.requests.size() == 4u);
    for (std::size_t n : {2u, 3u}) {
        BOOST_TEST(!s.sent(n).as_object().contains("max_tokens"));
        BOOST_TEST(!s.sent(n).as_object().contains("temperature"));
    }
}

BOOST_AUTO_TEST_CASE(that_declines_asks_back_and_one_that_says_nothing_of_use_is_an_error) {
    scene s;
    s.answers = {says(R"({"sql": null, "clarification": "Which shop?"})")};
    auto const made = s.ask().value();
    BOOST_TEST((made.sql.empty() && made.clarification == "Which shop?"));
    for (auto const& useless :
         {says("I do not know."), says(""), reply("200 OK", "<html>"), reply("200 OK", "{}")}) {
        s.answers = {useless};
        BOOST_TEST(!s.ask());
    }
}

BOOST_AUTO_TEST_CASE(repairs_with_the_error_but_without_what_rows_may_have_put_into_it) {
    scene s;
    s.repair = true;
    s.answers = {says("SELECT 2")};
    s.failed_sql = "SELECT CAST(name AS integer) FROM customers";
    s.failed_error = "invalid input syntax for type integer: \"Harrison\"";
    BOOST_TEST(s.ask().value().sql == "SELECT 2");
    BOOST_TEST(holds(s.requests[0], "SELECT CAST(name AS integer)"));
    BOOST_TEST(holds(s.requests[0], "invalid input syntax for type integer"));
    BOOST_TEST(!holds(s.requests[0], "Harrison"));
    s.requests.clear();
    s.how.send_samples = true;
    (void)s.ask();
    BOOST_TEST(holds(s.requests[0], "Harrison"));
}

BOOST_AUTO_TEST_CASE(is_left_at_once_when_nobody_waits_any_more) {
    scene s;
    s.what.stop = std::make_shared<sql::stop_flag>();
    bool gone = false;
    asio::steady_timer* noticed = nullptr;
    s.afterwards = [&](asio::any_io_executor executor) -> awaitable<void> {
        asio::steady_timer timer(executor, std::chrono::seconds(5));
        noticed = &timer;
        if (!gone) co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
        noticed = nullptr;
    };
    s.play = [&](tcp::socket& socket) -> awaitable<void> {
        s.what.stop->request(sql::stop_reason::client_gone);
        char byte;
        boost::system::error_code ec;
        co_await socket.async_read_some(asio::buffer(&byte, 1),
                                        asio::redirect_error(asio::use_awaitable, ec));
        gone = ec == asio::error::eof || ec == asio::error::connection_reset;
        if (noticed) noticed->cancel();
    };
    auto const made = s.ask();
    BOOST_REQUIRE(!made);
    BOOST_TEST((made.error().code == errc::cancelled));
    BOOST_TEST(gone, "the connection to the model is closed");
    BOOST_TEST((s.outcomes == std::vector<std::string>{"cancelled"}));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vanna::ask::model
