// A generator that asks a model whose answers a test gives.
#pragma once
#include <boost/json.hpp>

#include "core/ask/model/generator.hpp"
#include "core/sql/target.hpp"
#include "tests/unit/core/ask/shop.hpp"
#include "tests/unit/core/net/scripted_server.hpp"

namespace vanna::ask::model::test {

using vanna::test::read_request;
using vanna::test::scripted_server;
using vanna::test::tcp;
using vanna::test::write;

inline std::string reply(std::string line, std::string body, std::string more = "") {
    return "HTTP/1.1 " + line +
           "\r\nContent-Type: application/json\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" +
           more + "\r\n" + body;
}

inline std::string says(std::string const& text) {
    return reply("200 OK",
                 boost::json::serialize(boost::json::object{
                     {"choices", {{{"message", {{"content", text}}}, {"finish_reason", "stop"}}}}}));
}

inline std::string event(std::string const& text) {
    return "data: " +
           boost::json::serialize(boost::json::object{{"choices", {{{"delta", {{"content", text}}}}}}}) +
           "\n\n";
}

inline constexpr char stream_head[] =
    "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n";

struct listener : observer {
    std::string heard;
    awaitable<void> said(std::string_view generator, std::string text) override {
        BOOST_TEST(generator == "llm");
        heard += text;
        co_return;
    }
    awaitable<void> checking(generated const&) override { co_return; }
};

// A model whose answers are given, one a request; an empty one breaks the connection.
struct scene {
    std::vector<std::string> answers, requests;
    std::vector<std::string> outcomes;
    options how{.model = "m", .first_pause = std::chrono::milliseconds(1)};
    context what = vanna::test::asking("How many orders are there?");
    bool repair = false;
    std::string failed_sql = "SELECT x", failed_error = "no such column: x";
    std::function<awaitable<void>(tcp::socket&)> play;  // in place of the answers
    std::function<awaitable<void>(asio::any_io_executor)> afterwards;

    scene() {
        how.shared.count = [this](std::string_view outcome, double) { outcomes.emplace_back(outcome); };
    }
    scripted_server::script script() {
        return [this](tcp::socket& socket, int) -> awaitable<void> {
            for (std::string buffer;;) {
                requests.push_back(co_await read_request(socket, buffer));
                auto const n = requests.size() - 1;
                if (play) {
                    co_await play(socket);
                    co_return;
                }
                if (answers[std::min(n, answers.size() - 1)].empty()) co_return;
                co_await write(socket, answers[std::min(n, answers.size() - 1)]);
                if (answers[std::min(n, answers.size() - 1)].find("Connection: close") != std::string::npos)
                    co_return;
            }
        };
    }
    result<generated> ask(std::chrono::milliseconds limit = std::chrono::seconds(5), int times = 1) {
        result<generated> out = error{};
        vanna::test::run_coroutine([&]() -> awaitable<void> {
            auto const executor = co_await asio::this_coro::executor;
            scripted_server server(executor, script());
            how.at = server.origin();
            auto const by = create_generator(executor, how);
            what.asked_at = after({});
            for (int i = 0; i < times; ++i) {
                if (repair)
                    out = co_await by->repair(what, failed_sql, failed_error, after(limit));
                else
                    out = co_await by->generate(what, after(limit));
            }
            if (afterwards) co_await afterwards(executor);
            co_await server.stop();
        });
        return out;
    }
    std::string failure(std::chrono::milliseconds limit = std::chrono::seconds(5)) {
        auto const made = ask(limit);
        BOOST_REQUIRE(!made);
        return made.error().message + " | " + made.error().detail;
    }
    boost::json::value sent(std::size_t n = 0) const {
        return boost::json::parse(requests.at(n).substr(requests.at(n).find("\r\n\r\n") + 4));
    }
};

inline bool holds(std::string const& text, std::string_view part) {
    return text.find(part) != text.npos;
}

}  // namespace vanna::ask::model::test
