#include "core/ask/http_embedder.hpp"

#include <boost/json.hpp>

#include "core/ask/embeddings_api.hpp"
#include "core/ask/openai_path.hpp"
#include "tests/unit/core/net/scripted_server.hpp"

namespace vanna {
namespace {

using test::ok;
using test::read_request;
using test::scripted_server;
using test::tcp;
using test::write;

std::string status(std::string line, std::string body = "", std::string more = "") {
    return "HTTP/1.1 " + line + "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" + more +
           "\r\n" + body;
}

// [1, n, 0] for the text "n".
std::string vectors_for(std::string const& request) {
    auto const asked = boost::json::parse(request.substr(request.find("\r\n\r\n") + 4));
    boost::json::array data;
    for (auto const& text : asked.at("input").as_array())
        data.push_back({{"index", data.size()}, {"embedding", {1, std::atoi(text.as_string().c_str()), 0}}});
    return boost::json::serialize(boost::json::object{{"data", std::move(data)}});
}

// An embeddings server whose first answers are given; it then answers as it should. Keeps what it was asked.
struct service {
    std::vector<std::string> answers;
    std::vector<std::string> requests;
    ask::http_embedder_options how{.model = "small", .first_pause = std::chrono::milliseconds(1)};

    scripted_server::script script() {
        return [this](tcp::socket& socket, int) -> awaitable<void> {
            for (std::string buffer;;) {
                requests.push_back(co_await read_request(socket, buffer));
                auto const n = requests.size() - 1;
                if (n >= answers.size())
                    co_await write(socket, ok(vectors_for(requests[n])));
                else if (answers[n].empty())
                    co_return;  // the connection breaks
                else
                    co_await write(socket, answers[n]);
            }
        };
    }
    // What comes of these texts, on a new embedder.
    result<std::vector<ask::embedding>> embed(std::vector<std::string> texts,
                                              std::chrono::milliseconds limit = std::chrono::seconds(5)) {
        result<std::vector<ask::embedding>> out = error{};
        test::run_coroutine([&]() -> awaitable<void> {
            auto const executor = co_await asio::this_coro::executor;
            scripted_server server(executor, script());
            how.at = server.origin();
            auto const embedder = ask::create_http_embedder(executor, how);
            out = co_await embedder->embed(texts, after(limit));
            co_await server.stop();
        });
        return out;
    }
    std::string failure(std::vector<std::string> texts = {"1"}) {
        auto const done = embed(std::move(texts));
        BOOST_REQUIRE(!done);
        return done.error().message;
    }
};

bool holds(std::string const& text, std::string_view part) {
    return text.find(part) != text.npos;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(http_embedder)

BOOST_AUTO_TEST_CASE(texts_go_in_batches_and_their_vectors_come_back_in_order) {
    service s;
    s.how.batch_size = 2;
    s.how.key = "the-key";
    auto const done = s.embed({"5", "6", "7"}).value();
    BOOST_TEST((done == std::vector<ask::embedding>{{1, 5, 0}, {1, 6, 0}, {1, 7, 0}}));
    BOOST_REQUIRE(s.requests.size() == 2u);
    BOOST_TEST(s.requests[0].starts_with("POST /v1/embeddings HTTP/1.1"));
    BOOST_TEST(holds(s.requests[0], "Authorization: Bearer the-key\r\n"));
    BOOST_TEST(holds(s.requests[0], R"({"model":"small","input":["5","6"]})"));
}

BOOST_AUTO_TEST_CASE(its_fingerprint_is_known_after_the_first_answer_and_names_model_and_dimension) {
    service s;
    test::run_coroutine([&]() -> awaitable<void> {
        auto const executor = co_await asio::this_coro::executor;
        scripted_server server(executor, s.script());
        s.how.at = server.origin();
        auto const embedder = ask::create_http_embedder(executor, s.how);
        BOOST_TEST(embedder->fingerprint() == "");
        BOOST_TEST(embedder->dimension() == 0u);
        BOOST_TEST((co_await embedder->ready(after(std::chrono::seconds(5)))).has_value());
        BOOST_TEST(embedder->fingerprint() == "http:small:3");
        BOOST_TEST((co_await embedder->ready(after(std::chrono::seconds(5)))).has_value());
        BOOST_TEST(s.requests.size() == 1u, "it is asked once");
        co_await server.stop();
    });
}

BOOST_AUTO_TEST_CASE(a_busy_service_is_asked_again) {
    service s;
    s.answers = {status("429 Too Many Requests", "slow down", "Retry-After: 0\r\n")};
    BOOST_TEST(s.embed({"1"}).value().size() == 1u);
    BOOST_TEST(s.requests.size() == 2u);
}

BOOST_AUTO_TEST_CASE(one_that_asks_for_more_patience_than_there_is_time_is_not_waited_for) {
    service s;
    s.answers = {status("429 Too Many Requests", "slow down", "Retry-After: 15\r\n")};
    auto const done = s.embed({"1"}, std::chrono::seconds(2));
    BOOST_REQUIRE(!done);
    BOOST_TEST((done.error().code == errc::overloaded));
    BOOST_TEST(s.requests.size() == 1u);
    s.answers = {status("429 Too Many Requests", "slow down", "Retry-After: 86400\r\n")};
    s.requests.clear();
    BOOST_TEST(holds(s.failure(), "429: slow down"), "nor for longer than is ever waited");
}

BOOST_AUTO_TEST_CASE(a_failing_service_is_given_up_after_three_tries) {
    service s;
    s.answers = {3, status("500 Internal Server Error", "out of memory")};
    BOOST_TEST(holds(s.failure(), "500: out of memory"));
    BOOST_TEST(s.requests.size() == 3u);
}

BOOST_AUTO_TEST_CASE(a_connection_that_breaks_is_tried_again) {
    service s;
    s.answers = {"", ""};
    BOOST_TEST(s.embed({"1"}).value().size() == 1u);
    BOOST_TEST(s.requests.size() == 3u);
    s.requests.clear();
    s.answers = {"", "", ""};
    BOOST_TEST(holds(s.failure(), "http://127.0.0.1:"));
}

BOOST_AUTO_TEST_CASE(a_refusal_is_told_at_once_and_never_with_the_key) {
    service s;
    s.how.key = "sk-very-secret";
    s.answers = {status("401 Unauthorized", "wrong key\nsk-very-secret given")};
    auto const said = s.failure();
    BOOST_TEST(holds(said, "401: wrong key *** given (see EMBEDDING_API_KEY)"), said);
    BOOST_TEST(s.requests.size() == 1u);
    s.requests.clear();
    s.answers = {status("404 Not Found", "no such model")};
    BOOST_TEST(holds(s.failure(), "404: no such model (see EMBEDDING_URL and EMBEDDING_MODEL)"));
    s.requests.clear();
    s.answers = {status("302 Found", "", "Location: http://elsewhere/\r\n")};
    BOOST_TEST(holds(s.failure(), "302: (nothing)"));
}

BOOST_AUTO_TEST_CASE(a_call_that_takes_too_long_is_tried_again_and_ends_with_the_deadline) {
    service s;
    s.how.call_limit = std::chrono::milliseconds(50);
    int calls = 0;
    test::run_coroutine([&]() -> awaitable<void> {
        auto const executor = co_await asio::this_coro::executor;
        scripted_server silent(executor, [&calls](tcp::socket& socket, int) -> awaitable<void> {
            std::string buffer;
            (void)co_await read_request(socket, buffer);
            ++calls;
            (void)co_await read_request(socket, buffer);
        });
        s.how.at = silent.origin();
        auto const embedder = ask::create_http_embedder(executor, s.how);
        std::vector<std::string> texts{"1"};
        auto const done = co_await embedder->embed(texts, after(std::chrono::seconds(5)));
        BOOST_TEST((done.error().code == errc::deadline_exceeded));
        BOOST_TEST(calls == 3);
        auto const none = co_await embedder->embed(texts, after(std::chrono::milliseconds(-1)));
        BOOST_TEST((none.error().code == errc::deadline_exceeded));
        BOOST_TEST(calls == 3);
        co_await silent.stop();
    });
}

BOOST_AUTO_TEST_CASE(one_that_keeps_failing_is_left_alone_for_a_while) {
    service s;
    s.answers = {20, status("503 Service Unavailable", "starting")};
    test::run_coroutine([&]() -> awaitable<void> {
        auto const executor = co_await asio::this_coro::executor;
        scripted_server server(executor, s.script());
        s.how.at = server.origin();
        auto const embedder = ask::create_http_embedder(executor, s.how);
        std::vector<std::string> texts{"1"};
        std::string said;
        for (int i = 0; i < 4; ++i)
            said = (co_await embedder->embed(texts, after(std::chrono::seconds(5)))).error().message;
        BOOST_TEST(holds(said, "is not asked after its failures"), said);
        BOOST_TEST(s.requests.size() == 5u, "the fifth failure in a row opened the breaker");
        co_await server.stop();
    });
}

BOOST_AUTO_TEST_CASE(another_dimension_than_before_is_an_error) {
    service s;
    s.how.batch_size = 1;
    s.answers = {ok(R"({"data":[{"embedding":[1,2]}]})"), ok(R"({"data":[{"embedding":[1,2,3]}]})")};
    auto const said = s.failure({"1", "2"});
    BOOST_TEST(holds(said, "a vector of 3 numbers where 2 were expected"), said);
}

BOOST_AUTO_TEST_CASE(an_answer_longer_than_the_bound_is_not_read) {
    service s;
    s.how.most_answer_bytes = 1000;
    s.answers = {3, ok(std::string(2000, ' '))};
    BOOST_TEST(holds(s.failure(), "more than is taken"));
}

BOOST_AUTO_TEST_CASE(an_address_may_end_with_v1_or_not) {
    BOOST_TEST(ask::openai_path("", "/embeddings") == "/v1/embeddings");
    BOOST_TEST(ask::openai_path("/proxy", "/embeddings") == "/v1/embeddings");
    BOOST_TEST(ask::openai_path("/proxy/v1", "/embeddings") == "/embeddings");
}

BOOST_AUTO_TEST_CASE(answers_that_are_not_as_they_should_be_are_told_apart) {
    auto const said = [](std::string_view body, std::size_t texts = 2) {
        auto const read = ask::embeddings_api::read(body, texts, 0);
        BOOST_REQUIRE(!read);
        return read.error().message;
    };
    BOOST_TEST(holds(said("<html>"), "not JSON"));
    BOOST_TEST(holds(said(""), "not JSON"));
    BOOST_TEST(holds(said(R"({"data":[{"embedding":[NaN]},{"embedding":[1]}]})"), "not JSON"));
    BOOST_TEST(holds(said("[]"), "no list \"data\""));
    BOOST_TEST(holds(said(R"({"data":{}})"), "no list \"data\""));
    BOOST_TEST(holds(said(R"({"data":[{"embedding":[1]}]})"), "1 vector for 2 texts"));
    BOOST_TEST(holds(said(R"({"data":[{"embedding":[1]},{"embedding":[1]}]})", 1), "2 vectors for 1 text"));
    BOOST_TEST(holds(said(R"({"data":[1,2]})"), "no \"embedding\""));
    BOOST_TEST(holds(said(R"({"data":[{"embedding":"AACAPw=="},{"embedding":[1]}]})"), "no list of numbers"));
    BOOST_TEST(holds(said(R"({"data":[{"embedding":[]},{"embedding":[1]}]})"), "a vector of 0 numbers"));
    BOOST_TEST(holds(said(R"({"data":[{"embedding":[null]},{"embedding":[1]}]})"), "no number"));
    BOOST_TEST(holds(said(R"({"data":[{"embedding":[1e200]},{"embedding":[1]}]})"), "no number"));
    BOOST_TEST(holds(said(R"({"data":[{"embedding":[1]},{"embedding":[1,2]}]})"), "1 were expected"));
    BOOST_TEST(
        holds(said(R"({"data":[{"index":1,"embedding":[1]},{"index":1,"embedding":[1]}]})"), "two vectors"));
    BOOST_TEST(holds(said(R"({"data":[{"index":2,"embedding":[1]},{"index":0,"embedding":[1]}]})"), "index"));
    BOOST_TEST(
        holds(said(R"({"data":[{"index":-1,"embedding":[1]},{"index":0,"embedding":[1]}]})"), "index"));
    BOOST_TEST(
        holds(said(R"({"data":[{"index":"0","embedding":[1]},{"index":0,"embedding":[1]}]})"), "index"));
    auto const large = R"({"data":[{"index":")" + std::string(100'000, 'x') + R"(","embedding":[1]}]})";
    BOOST_TEST(said(large, 1).size() < 200u);
}

BOOST_AUTO_TEST_CASE(vectors_are_put_where_their_index_says) {
    auto const read = ask::embeddings_api::read(
        R"({"data":[{"index":1,"embedding":[2]},{"index":0,"embedding":[1]}]})", 2, 1);
    BOOST_TEST((read.value() == std::vector<ask::embedding>{{1}, {2}}));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vanna
