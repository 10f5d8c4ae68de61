#include "tests/unit/server/http/served.hpp"

namespace vanna::http {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using test::served;

constexpr auto live = "GET /health/live HTTP/1.1\r\nHost: a\r\n\r\n";
constexpr auto wait = "GET /waiting HTTP/1.1\r\nHost: a\r\n\r\n";

// Asks the kernel: a client that tries would wait, since newcomers are ignored before the door closes.
bool is_listened_on(unsigned short port) {
    asio::io_context context;
    asio::ip::tcp::acceptor tried(context, asio::ip::tcp::v4());
    tried.set_option(asio::ip::tcp::acceptor::reuse_address(true));
    boost::system::error_code ec;
    tried.bind({asio::ip::address_v4::loopback(), port}, ec);
    return ec == asio::error::address_in_use;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(leaving_and_stopping)

BOOST_AUTO_TEST_CASE(a_client_that_goes_away_stops_what_runs_for_it_within_100_ms) {
    served site;
    for (int i = 0; i < 3; ++i) {
        auto client = site.connect();
        client.send(wait);
        served::eventually([&] { return site.state().running == 1; }, "the handler runs");
        auto const left = std::chrono::steady_clock::now();
        client.close(i == 1);
        served::eventually([&] { return site.state().gone == i + 1; }, "the handler noticed");
        BOOST_TEST((std::chrono::steady_clock::now() - left < seconds(1)));
    }
}

BOOST_AUTO_TEST_CASE(clients_that_stay_are_not_disturbed_by_one_that_leaves) {
    served site;
    std::vector<test::client> staying;
    for (int i = 0; i < 10; ++i) {
        staying.push_back(site.connect());
        staying.back().send(wait);
    }
    {
        auto leaving = site.connect();
        leaving.send(wait);
        served::eventually([&] { return site.state().running == 11; }, "all run");
    }
    served::eventually([&] { return site.state().gone == 1; }, "one noticed");
    site.state().release = true;
    for (auto& client : staying)
        BOOST_TEST(client.read().body == "done");
    BOOST_TEST(site.state().gone == 1);
}

BOOST_AUTO_TEST_CASE(an_idle_server_stops_at_once) {
    served site({}, 2);
    auto idle = site.connect();
    BOOST_TEST(idle.get("/health/live").status == 200);
    auto silent = site.connect();
    site.stop({}, seconds(30)).get();
    BOOST_TEST(idle.closed_by_server());
    BOOST_TEST(silent.closed_by_server());
    BOOST_CHECK_THROW(site.connect(), std::exception);
}

BOOST_AUTO_TEST_CASE(while_draining_replies_ask_to_close_and_newcomers_are_served) {
    served site;
    auto kept = site.connect();
    BOOST_TEST(kept.get("/health/live").header("connection") == "");
    auto stopped = site.stop(milliseconds(300), seconds(5));
    served::eventually([&] { return site.connect().get("/health/live").header("connection") == "close"; },
                       "newcomers are served and sent away");
    auto const reply = kept.get("/health/live");
    BOOST_TEST(reply.status == 200);
    BOOST_TEST(reply.header("connection") == "close");
    BOOST_TEST(kept.closed_by_server());
    stopped.get();
}

BOOST_AUTO_TEST_CASE(what_runs_may_finish_within_the_grace_period) {
    served site;
    auto client = site.connect();
    client.send(wait);
    served::eventually([&] { return site.state().running == 1; }, "the handler runs");
    auto stopped = site.stop({}, seconds(30));
    served::eventually(
        [&] {
            try {
                site.connect();
                return false;
            } catch (std::exception const&) {
                return true;
            }
        },
        "the door is closed");
    site.state().release = true;
    auto const reply = client.read();
    BOOST_TEST(reply.body == "done");
    BOOST_TEST(reply.header("connection") == "close");
    stopped.get();
}

BOOST_AUTO_TEST_CASE(what_runs_longer_is_cancelled_and_told) {
    served site;
    auto client = site.connect();
    client.send(wait);
    auto streaming = site.connect();
    streaming.send("GET /stream?count=100000&size=262144 HTTP/1.1\r\nHost: a\r\n\r\n");
    served::eventually([&] { return site.state().running == 1 && site.state().produced > 0; }, "both run");
    site.stop({}, milliseconds(20)).get();
    auto const reply = client.read();
    BOOST_TEST(reply.status == 503);
    BOOST_TEST(reply.header("retry-after") == "1");
    BOOST_TEST(client.closed_by_server());
    BOOST_CHECK_THROW(streaming.read(), std::exception);
}

BOOST_AUTO_TEST_CASE(a_request_already_in_the_kernel_when_the_door_closes_is_answered) {
    served site;
    auto busy = site.connect();
    // One worker, held up: what arrives meanwhile waits in the kernel, accepted and not.
    busy.send("GET /blocking HTTP/1.1\r\nHost: a\r\n\r\n");
    served::eventually([&] { return site.state().running == 1; }, "the worker is held up");
    std::vector<test::client> queued;
    for (int i = 0; i < 50; ++i) {
        queued.push_back(site.connect());
        queued.back().send(live);
    }
    auto stopped = site.stop({}, seconds(30));
    site.state().release = true;
    BOOST_TEST(busy.read().status == 200);
    for (auto& client : queued)
        BOOST_TEST(client.read().status == 200);
    stopped.get();
}

BOOST_AUTO_TEST_CASE(
    a_request_that_comes_after_the_door_closed_on_a_connection_that_was_accepted_before_is_answered) {
    served site({}, 2);
    std::vector<test::client> accepted;
    for (int i = 0; i < 20; ++i)
        accepted.push_back(site.connect());
    served::eventually([&] { return site.open() == accepted.size(); }, "all are accepted");
    auto const port = site.port();
    auto stopped = site.stop({}, seconds(30));
    served::eventually([&] { return !is_listened_on(port); }, "the door is closed");
    for (auto& client : accepted)
        client.send(live);
    for (auto& client : accepted) {
        auto const reply = client.read();
        BOOST_TEST(reply.status == 200);
        BOOST_TEST(reply.header("connection") == "close");
    }
    stopped.get();
}

BOOST_AUTO_TEST_CASE(a_stop_under_load_loses_no_request_of_an_accepted_connection) {
    for (int round = 0; round < 3; ++round) {
        served site({}, 2);
        std::atomic<int> answered = 0, lost = 0;
        std::atomic<bool> ended = false;
        std::vector<std::thread> crowd;
        for (int i = 0; i < 4; ++i)
            crowd.emplace_back([&] {
                while (!ended) {
                    std::optional<test::client> client;
                    try {
                        client.emplace(site.port());
                    } catch (std::exception const&) {
                        return;  // refused: the door is closed, nothing was accepted
                    }
                    try {
                        client->send(live);
                        if (client->read().status == 200) ++answered;
                    } catch (std::exception const&) {
                        ++lost;
                    }
                }
            });
        served::eventually([&] { return answered > 100; }, "there is load");
        site.stop({}, seconds(30)).get();
        ended = true;
        for (auto& one : crowd)
            one.join();
        BOOST_TEST(lost == 0);
    }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vanna::http
