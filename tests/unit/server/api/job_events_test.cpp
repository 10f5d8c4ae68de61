#include "server/api/job_events.hpp"

#include "core/net/sse.hpp"
#include "tests/support/run_coroutine.hpp"
#include "tests/unit/jobs/fake_rows.hpp"

namespace vanna::api {
namespace {

struct story {
    test::fake_rows rows;
    health::board health;
    stream_places places;
    jobs::job job{.type = "train", .state = jobs::state::running, .revision = 3};

    story() { rows.rows[job.id] = job; }
    http::response open(std::string_view last_event = "") {
        http::request r;
        if (!last_event.empty()) r.add_header("last-event-id", last_event);
        return job_events({rows, health, places}, r, rows.rows.at(job.id));
    }
    void change(int progress) {
        auto& row = rows.rows.at(job.id);
        row.progress = progress;
        ++row.revision;
    }
    void end(jobs::state how) {
        change(100);
        rows.rows.at(job.id).state = how;
        rows.rows.at(job.id).finished_at = now();
    }
};

// "name id progress" of the next piece, "…" for a heartbeat, "" at the end.
awaitable<std::string> next(http::response& from) {
    auto const piece = co_await from.stream->next();
    BOOST_REQUIRE(piece);
    if (!*piece) co_return "";
    if (**piece == net::sse_heartbeat) co_return "…";
    net::sse_parser parser;
    parser.feed(**piece);
    auto const event = parser.next();
    BOOST_REQUIRE(event);
    auto const data = boost::json::parse(event->data);
    BOOST_TEST(data.at("revision").as_int64() == std::stoll(event->id));
    co_return event->name + " " + event->id + " " + std::to_string(data.at("progress").as_int64());
}

}  // namespace

BOOST_AUTO_TEST_SUITE(job_events_)

BOOST_AUTO_TEST_CASE(a_job_is_told_as_it_goes_and_the_last_event_is_its_end) {
    story s;
    test::run_coroutine([&]() -> awaitable<void> {
        auto reply = s.open();
        BOOST_TEST(reply.content_type == "text/event-stream");
        BOOST_TEST(co_await next(reply) == "progress 3 0");
        s.change(40);
        BOOST_TEST(co_await next(reply) == "progress 4 40");
        s.rows.away = true;
        s.end(jobs::state::failed);
        asio::steady_timer back(co_await asio::this_coro::executor, std::chrono::seconds(1));
        back.async_wait([&](boost::system::error_code) { s.rows.away = false; });
        BOOST_TEST(co_await next(reply) == "failed 5 100");
        BOOST_TEST(co_await next(reply) == "");
    });
}

BOOST_AUTO_TEST_CASE(who_comes_back_is_told_only_what_is_newer) {
    story s;
    test::run_coroutine([&]() -> awaitable<void> {
        auto same = s.open("3");
        BOOST_TEST(co_await next(same) == "…", "the head of the reply goes out at once");
        s.change(50);
        BOOST_TEST(co_await next(same) == "progress 4 50");
        auto older = s.open("3");
        BOOST_TEST(co_await next(older) == "progress 4 50");
        s.end(jobs::state::succeeded);
        auto late = s.open("4");
        BOOST_TEST(co_await next(late) == "succeeded 5 100");
        auto odd = s.open("five");
        BOOST_TEST(co_await next(odd) == "succeeded 5 100");
        auto const seen = s.open("5");
        BOOST_TEST(seen.status == 204u);
        BOOST_TEST(!seen.stream);
    });
}

BOOST_AUTO_TEST_CASE(streams_end_when_the_server_stops_and_when_the_row_is_gone) {
    story s;
    test::run_coroutine([&]() -> awaitable<void> {
        auto reply = s.open("3");
        BOOST_TEST(co_await next(reply) == "…");
        auto const row = s.rows.rows.extract(s.job.id);
        BOOST_TEST(co_await next(reply) == "");
        s.rows.rows[s.job.id] = row.mapped();
        auto other = s.open("3");
        BOOST_TEST(co_await next(other) == "…");
        s.health.drain();
        BOOST_TEST(co_await next(other) == "");
    });
}

BOOST_AUTO_TEST_CASE(so_many_streams_and_no_more_until_one_ends) {
    story s;
    std::vector<http::response> all;
    for (unsigned i = 0; i < stream_places::most; ++i) {
        all.push_back(s.open());
        BOOST_REQUIRE(all.back().stream);
    }
    auto const refused = s.open();
    BOOST_REQUIRE(refused.failure);
    BOOST_TEST((refused.failure->code == errc::overloaded));
    BOOST_TEST((refused.failure->retry_after == std::chrono::seconds(5)));
    all.pop_back();
    BOOST_TEST(bool(s.open().stream));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vanna::api
