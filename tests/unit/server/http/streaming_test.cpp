#include "core/async/task_group.hpp"
#include "server/http/event_stream.hpp"
#include "tests/support/run_coroutine.hpp"
#include "tests/unit/server/http/served.hpp"

namespace vanna::http {
namespace {

using test::served;

}  // namespace

BOOST_AUTO_TEST_SUITE(streaming)

BOOST_AUTO_TEST_CASE(pieces_become_chunks_and_trailers_follow) {
    served site;
    auto client = site.connect();
    for (int i = 0; i < 2; ++i) {
        auto const reply = client.get("/stream?count=3&size=70000");
        BOOST_TEST(reply.status == 200);
        BOOST_TEST(reply.chunked);
        BOOST_TEST(reply.header("content-type") == "text/csv");
        BOOST_TEST(reply.header("trailer") == "x-rows");
        BOOST_TEST(reply.body == std::string(3 * 70000, 'p'));
        BOOST_TEST(reply.trailers.at("x-rows") == "42");
    }
    BOOST_TEST(client.get("/stream?count=0").body == "");
}

BOOST_AUTO_TEST_CASE(a_client_of_http_1_0_gets_the_bare_bytes_to_the_end_of_the_connection) {
    served site;
    auto client = site.connect();
    client.send("GET /stream?count=3&size=5 HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    auto const reply = client.read();
    BOOST_TEST(!reply.chunked);
    BOOST_TEST(reply.header("connection") == "close");
    BOOST_TEST(reply.body == "ppppppppppppppp");
}

BOOST_AUTO_TEST_CASE(a_stream_that_fails_before_its_first_piece_is_a_problem) {
    served site;
    auto client = site.connect();
    auto const reply = client.get("/stream?count=0&fail=error");
    BOOST_TEST(reply.status == 503);
    BOOST_TEST(reply.header("content-type") == "application/problem+json");
    BOOST_TEST(client.get("/stream?count=0&fail=throw").status == 500);
    BOOST_TEST(client.get("/health/live").status == 200);
}

BOOST_AUTO_TEST_CASE(a_stream_that_fails_later_cannot_be_taken_for_whole) {
    served site;
    for (auto const* how : {"error", "throw"}) {
        auto client = site.connect();
        BOOST_CHECK_THROW(client.get(std::string("/stream?count=2&size=10&fail=") + how), std::exception);
    }
}

BOOST_AUTO_TEST_CASE(a_stream_past_its_deadline_is_cut) {
    served site({.sweep = std::chrono::milliseconds(5)});
    auto client = site.connect();
    client.send("GET /stream?count=100000&size=262144&until=50 HTTP/1.1\r\nHost: a\r\n\r\n");
    served::eventually([&] { return site.counts().timed_out.get() == 1; }, "the stream is cut");
    served::eventually([&] { return site.counts().connections.get() == 0; }, "its connection is gone");
}

BOOST_AUTO_TEST_CASE(a_client_that_leaves_ends_the_stream) {
    served site;
    {
        auto client = site.connect();
        client.send("GET /stream?count=100000&size=262144 HTTP/1.1\r\nHost: a\r\n\r\n");
        served::eventually([&] { return site.state().produced > 0; }, "the stream runs");
    }
    served::eventually([&] { return site.counts().connections.get() == 0; }, "the stream ends");
    BOOST_TEST(site.state().produced < 1000);
}

BOOST_AUTO_TEST_CASE(events_arrive_as_they_happen) {
    served site;
    auto client = site.connect();
    auto const reply = client.get("/events?count=200");
    BOOST_TEST(reply.header("content-type") == "text/event-stream");
    BOOST_TEST(reply.header("cache-control") == "no-store");
    net::sse_parser parser;
    parser.feed(reply.body);
    for (int i = 0; i < 200; ++i) {
        auto const event = parser.next();
        BOOST_REQUIRE(event);
        BOOST_TEST(event->data == std::to_string(i));
    }
    BOOST_TEST(!parser.next());
}

BOOST_AUTO_TEST_CASE(the_producer_of_events_learns_that_its_reader_left) {
    served site;
    {
        auto client = site.connect();
        client.send("GET /events?count=100000000 HTTP/1.1\r\nHost: a\r\n\r\n");
        served::eventually([&] { return site.state().produced > 100; }, "events flow");
    }
    served::eventually([&] { return site.state().gone == 1; }, "the producer has ended");
}

BOOST_AUTO_TEST_CASE(the_work_behind_events_is_stopped_when_their_reader_leaves) {
    asio::io_context context(1);
    auto const flag = std::make_shared<sql::stop_flag>();
    auto const events = event_stream::make(context.get_executor());
    events->stop_when_gone(flag);
    {
        auto const reply = events->reply(deadline::max());
        BOOST_TEST((flag->why() == sql::stop_reason::none));
    }
    BOOST_TEST(events->reader_gone());
    BOOST_TEST((flag->why() == sql::stop_reason::client_gone));
}

BOOST_AUTO_TEST_CASE(large_events_wait_for_their_reader_before_there_are_many) {
    test::run_coroutine([]() -> awaitable<void> {
        auto const executor = co_await asio::this_coro::executor;
        auto const events = event_stream::make(executor);
        auto const reply = events->reply(deadline::max());
        int pushed = 0;
        task_group tasks(executor);
        tasks.spawn("producer", [events, &pushed]() -> awaitable<void> {
            for (; pushed < 20; ++pushed)
                (void)co_await events->push({.name = "rows", .data = std::string(100'000, 'r'), .id = {}});
            events->finish();
        });
        std::size_t bytes = 0;
        for (;;) {
            auto const piece = co_await reply.stream->next();
            if (!*piece) break;
            BOOST_TEST((*piece)->size() < 450'000u);
            bytes += (*piece)->size();
        }
        co_await tasks.wait();
        BOOST_TEST(pushed == 20);
        BOOST_TEST(bytes > 2'000'000u);
    });
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vanna::http
