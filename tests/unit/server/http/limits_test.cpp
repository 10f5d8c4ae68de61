#include <dirent.h>
#include <poll.h>
#include <sys/socket.h>

#include <ctime>

#include "tests/unit/server/http/served.hpp"

namespace vanna::http {
namespace {

using std::chrono::milliseconds;
using test::served;

// Times short enough for a test, swept often. Between connecting and sending a test may be held up for a
// while.
options hasty() {
    options o;
    o.sweep = milliseconds(5);
    o.header_time = milliseconds(300);
    o.body_time = milliseconds(80);
    o.idle_time = milliseconds(40);
    o.slow_window = milliseconds(200);
    o.last_words = milliseconds(40);
    return o;
}

std::size_t open_descriptors() {
    std::unique_ptr<DIR, int (*)(DIR*)> const folder(opendir("/proc/self/fd"), closedir);
    std::size_t count = 0;
    while (readdir(folder.get()))
        ++count;
    return count;
}

// Every accept of this process fails from here on.
void shut_listening_sockets() {
    for (int fd = 0; fd < 1024; ++fd) {
        int listens = 0;
        socklen_t size = sizeof listens;
        if (::getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &size) == 0 && listens)
            ::shutdown(fd, SHUT_RDWR);
    }
}

std::string header_of(std::size_t size) {
    std::string const start = "GET /health/live HTTP/1.1\r\nHost: a\r\nX: ";
    return start + std::string(size - start.size() - 4, 'x') + "\r\n\r\n";
}

}  // namespace

BOOST_AUTO_TEST_SUITE(limits)

BOOST_AUTO_TEST_CASE(a_header_over_the_limit_by_one_byte_is_431_and_the_reply_arrives) {
    served site;
    auto client = site.connect();
    client.send(header_of(16 * 1024));
    BOOST_TEST(client.read().status == 200);
    client.send(header_of(16 * 1024 + 1));
    auto const reply = client.read();
    BOOST_TEST(reply.status == 431);
    BOOST_TEST(reply.header("connection") == "close");
    BOOST_TEST(reply.header("x-request-id").size() == 36u);
    BOOST_TEST(client.closed_by_server());
}

BOOST_AUTO_TEST_CASE(a_body_over_the_limit_by_one_byte_is_413_though_the_client_keeps_sending) {
    served site;
    std::string const most(1024 * 1024, 'b');
    BOOST_TEST(site.connect().post("/size", most).body == "1048576");
    for (bool chunked : {false, true}) {
        auto client = site.connect();
        std::string const head = "POST /size HTTP/1.1\r\nHost: a\r\n";
        if (chunked)
            client.send(head + "Transfer-Encoding: chunked\r\n\r\n100001\r\n" + most + "b\r\n0\r\n\r\n");
        else
            client.send(head + "Content-Length: 1048577\r\n\r\n" + most + "b");
        BOOST_TEST(client.read().status == 413);
        BOOST_TEST(client.closed_by_server());
    }
}

BOOST_AUTO_TEST_CASE(a_route_for_strangers_takes_16_kib_and_no_more) {
    served site;
    std::string const most(16 * 1024, 'b');
    BOOST_TEST(site.connect().post("/small", most).body == "16384");
    auto announced = site.connect();
    announced.send("POST /small HTTP/1.1\r\nHost: a\r\nContent-Length: 16385\r\n\r\n");
    BOOST_TEST(announced.read().status == 413);
    auto chunked = site.connect();
    chunked.send("POST /small HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n4001\r\n" + most +
                 "b\r\n0\r\n\r\n");
    BOOST_TEST(chunked.read().status == 413);
}

BOOST_AUTO_TEST_CASE(nobody_is_invited_to_send_a_body_that_will_be_refused) {
    served site;
    auto client = site.connect();
    client.send("POST /small HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 1000000\r\n\r\n");
    BOOST_TEST(client.read().status == 413);
}

BOOST_AUTO_TEST_CASE(a_refused_request_is_answered_before_its_large_body_comes) {
    served site;
    for (auto const* target : {"/nothing", "/who", "/viewer"}) {
        auto client = site.connect();
        client.send(std::string("POST ") + target +
                    " HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\nabc");
        auto const reply = client.read();
        BOOST_TEST((reply.status == 404 || reply.status == 405 || reply.status == 401), reply.status);
        BOOST_TEST(reply.header("connection") == "close");
    }
    // A small one is read, and the connection kept.
    auto client = site.connect();
    BOOST_TEST(client.post("/viewer", "abc").status == 401);
    BOOST_TEST(client.get("/health/live").status == 200);
}

BOOST_AUTO_TEST_CASE(a_header_that_takes_too_long_ends_the_connection_however_busy_it_is) {
    served site(hasty());
    auto client = site.connect();
    client.send("GET / HTTP/1.1\r\nHost: a\r\n");
    auto const reply = client.read();
    BOOST_TEST(reply.status == 408);
    BOOST_TEST(client.closed_by_server());

    auto dripping = site.connect();
    std::atomic<bool> ended = false;
    std::thread drip([&] {
        try {
            while (!ended) {
                dripping.send("X: y\r\n");
                std::this_thread::yield();
            }
        } catch (std::exception const&) {
        }
    });
    dripping.send("GET / HTTP/1.1\r\nHost: a\r\n");
    BOOST_TEST(dripping.closed_by_server());
    ended = true;
    drip.join();
}

BOOST_AUTO_TEST_CASE(a_body_that_takes_too_long_is_408) {
    served site(hasty());
    auto client = site.connect();
    client.send("POST /size HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc");
    BOOST_TEST(client.read().status == 408);
    BOOST_TEST(client.closed_by_server());
}

BOOST_AUTO_TEST_CASE(a_client_told_to_go_that_stays_is_left_behind) {
    served site(hasty());
    for (auto what : {"GET / HTTP/1.1\r\nHost: a\r\n",
                      "POST /size HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc", "GARBAGE\r\n\r\n"}) {
        auto client = site.connect();
        client.send(what);
        BOOST_TEST(client.read().status >= 400);
        served::eventually([&] { return site.open() == 0; },
                           "its connection is gone, though it is still here");
    }
}

BOOST_AUTO_TEST_CASE(idle_connections_are_closed_and_silent_ones_too) {
    served site(hasty());
    auto silent = site.connect();
    auto idle = site.connect();
    BOOST_TEST(idle.get("/health/live").status == 200);
    BOOST_TEST(silent.closed_by_server());
    BOOST_TEST(idle.closed_by_server());
    BOOST_TEST(site.counts().timed_out.get() == 2u);
}

BOOST_AUTO_TEST_CASE(a_handler_may_take_longer_than_any_of_these) {
    served site(hasty());
    auto client = site.connect();
    client.send("GET /waiting HTTP/1.1\r\nHost: a\r\n\r\n");
    served::eventually([&] { return site.state().running == 1; }, "the handler runs");
    auto other = site.connect();
    BOOST_TEST(other.closed_by_server());  // so much time has passed
    site.state().release = true;
    BOOST_TEST(client.read().body == "done");
}

BOOST_AUTO_TEST_CASE(a_reader_that_does_not_read_is_cut_and_costs_one_piece) {
    served site(hasty());
    auto client = site.connect();
    client.send("GET /stream?count=1000&size=262144 HTTP/1.1\r\nHost: a\r\n\r\n");
    served::eventually([&] { return site.counts().slow_readers.get() == 1; }, "the slow reader is cut");
    served::eventually([&] { return site.counts().connections.get() == 0; }, "its connection is gone");
    BOOST_TEST(site.state().produced < 200);  // what the kernel's buffers took, and one
    BOOST_CHECK_THROW(client.read(), std::exception);
}

BOOST_AUTO_TEST_CASE(a_large_plain_reply_is_cut_the_same_way) {
    served site(hasty());
    auto client = site.connect();
    client.send("GET /large?size=50000000 HTTP/1.1\r\nHost: a\r\n\r\n");
    served::eventually([&] { return site.counts().slow_readers.get() == 1; }, "the slow reader is cut");
}

BOOST_AUTO_TEST_CASE(connections_over_the_limit_are_told_so_and_places_come_back) {
    served site({.most_connections = 3});
    std::vector<test::client> clients;
    for (int i = 0; i < 3; ++i) {
        clients.push_back(site.connect());
        BOOST_TEST(clients.back().get("/health/live").status == 200);
    }
    auto over = site.connect();
    auto const reply = over.read();
    BOOST_TEST(reply.status == 503);
    BOOST_TEST(reply.header("retry-after") == "1");
    BOOST_TEST(over.closed_by_server());
    clients.pop_back();
    served::eventually([&] { return site.counts().connections.get() == 2; }, "the place is free");
    BOOST_TEST(site.connect().get("/health/live").status == 200);
}

BOOST_AUTO_TEST_CASE(a_door_that_fails_is_tried_again_at_leisure) {
    served site;
    BOOST_TEST(site.connect().get("/health/live").status == 200);
    shut_listening_sockets();
    auto const began = std::clock();
    ::poll(nullptr, 0, 300);
    BOOST_TEST(std::clock() - began < CLOCKS_PER_SEC / 10, "of 300 ms less than 100 are spent");
}

BOOST_AUTO_TEST_CASE(ten_thousand_connections_opened_and_dropped_leave_no_descriptor) {
    raise_descriptor_limit();
    served site({}, 2);
    site.connect().get("/health/live");
    served::eventually([&] { return site.open() == 0; }, "the first connection is gone");
    auto const before = open_descriptors();
    constexpr int rounds = 5, at_once = 2000;
    for (int round = 0; round < rounds; ++round) {
        std::vector<test::client> clients;
        for (int i = 0; i < at_once; ++i) {
            clients.push_back(site.connect());
            if (i % 3 == 1) clients.back().send("GET / HT");
            if (i % 3 == 2) clients.back().send("GET /health/live HTTP/1.1\r\nHost: a\r\n\r\n");
        }
        for (int i = 0; i < at_once; ++i)
            clients[std::size_t(i)].close(i % 2 == 0);
    }
    served::eventually([&] { return site.accepted() == rounds * at_once + 1; }, "all are accepted");
    served::eventually([&] { return site.open() == 0; }, "all connections are gone");
    BOOST_TEST(open_descriptors() == before);
    BOOST_TEST(site.connect().get("/health/live").status == 200);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vanna::http
