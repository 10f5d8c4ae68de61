#include "db/redis/pipeline.hpp"

#include <boost/test/unit_test.hpp>

namespace vanna::redis {
namespace {

using namespace std::chrono_literals;
deadline const start = deadline{} + 1h;

struct caller final : waiter {
    std::optional<result<reply>> got;
    std::function<void()> then;
    explicit caller(deadline until = start + 50ms) { limit = until; }
    void finish(result<reply> outcome) override {
        BOOST_REQUIRE(!got);
        got = std::move(outcome);
        if (then) then();
    }
    std::string text() const { return got && *got ? (*got)->text : "none"; }
};

struct fixture {
    pipeline pipe{{.requests = 4, .unsent_bytes = 1000}};
    bool push(waiter* who, std::string_view word = "PING", deadline at = start) {
        return pipe.push(std::span(&word, 1), who, at);
    }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(redis_pipeline, fixture)

BOOST_AUTO_TEST_CASE(replies_go_to_their_callers_in_order_however_the_bytes_come) {
    caller a, b, c;
    BOOST_TEST(push(&a));
    BOOST_TEST(push(nullptr));
    BOOST_TEST(push(&b));
    BOOST_TEST(push(&c));
    std::string out;
    pipe.take_output(out);
    BOOST_TEST(out.size() == 4 * std::string("*1\r\n$4\r\nPING\r\n").size());
    BOOST_TEST(!pipe.has_output());
    for (char byte : std::string("+a\r\n+dropped\r\n$1\r\nb\r\n-c\r\n"))
        BOOST_REQUIRE(pipe.feed({&byte, 1}));
    BOOST_TEST(a.text() == "a");
    BOOST_TEST(b.text() == "b");
    BOOST_TEST(c.text() == "c");
    BOOST_TEST(((*c.got)->type == reply::kind::error));
    BOOST_TEST(pipe.size() == 0u);
}

BOOST_AUTO_TEST_CASE(an_abandoned_reply_is_dropped_and_never_the_next_callers) {
    caller late(start + 10ms), patient(start + 1s);
    push(&late);
    push(&patient);
    BOOST_TEST(pipe.sweep(start + 9ms) == 0u);
    BOOST_TEST(pipe.sweep(start + 10ms) == 1u);
    BOOST_TEST((late.got->error().code == errc::deadline_exceeded));
    BOOST_TEST(pipe.sweep(start + 20ms) == 0u);
    BOOST_REQUIRE(pipe.feed("+for the late one\r\n+for the patient one\r\n"));
    BOOST_TEST(patient.text() == "for the patient one");
}

BOOST_AUTO_TEST_CASE(a_full_queue_refuses_and_has_room_again_after_a_reply) {
    for (int i = 0; i < 4; ++i)
        BOOST_TEST(push(nullptr));
    BOOST_TEST(!push(nullptr));
    BOOST_REQUIRE(pipe.feed("+OK\r\n"));
    BOOST_TEST(push(nullptr));
    pipeline small{{.requests = 100, .unsent_bytes = 20}};
    std::string_view const word = "PING";
    BOOST_TEST(small.push(std::span(&word, 1), nullptr, start));
    BOOST_TEST(small.push(std::span(&word, 1), nullptr, start));
    BOOST_TEST(!small.push(std::span(&word, 1), nullptr, start));
}

BOOST_AUTO_TEST_CASE(a_lost_connection_fails_everybody_who_waits) {
    caller a, b;
    push(&a);
    push(nullptr);
    push(&b);
    pipe.fail_all(error{errc::unavailable, public_text{"gone"}});
    BOOST_TEST((a.got->error().code == errc::unavailable));
    BOOST_TEST((b.got->error().code == errc::unavailable));
    BOOST_TEST(pipe.size() == 0u);
    BOOST_TEST(!pipe.has_output());
}

BOOST_AUTO_TEST_CASE(a_resumed_caller_may_ask_again) {
    caller first, second(start + 1s);
    first.then = [&] { push(&second); };
    push(&first);
    BOOST_REQUIRE(pipe.feed("+1\r\n"));
    BOOST_REQUIRE(pipe.feed("+2\r\n"));
    BOOST_TEST(second.text() == "2");

    caller third(start + 10ms), fourth(start + 1s);
    third.then = [&] { push(&fourth); };
    push(&third);
    BOOST_TEST(pipe.sweep(start + 10ms) == 1u);
    BOOST_REQUIRE(pipe.feed("+3\r\n+4\r\n"));
    BOOST_TEST(fourth.text() == "4");
}

BOOST_AUTO_TEST_CASE(what_nobody_asked_for_and_what_is_no_reply_end_the_connection) {
    BOOST_TEST(!pipe.feed("+OK\r\n"));
    pipeline other;
    BOOST_TEST(!other.feed("GET / HTTP/1.1\r\n"));
}

BOOST_AUTO_TEST_CASE(it_knows_since_when_a_reply_is_due) {
    BOOST_TEST(!pipe.waiting_since());
    push(nullptr, "PING", start);
    push(nullptr, "PING", start + 5s);
    BOOST_TEST((pipe.waiting_since() == start));
    BOOST_REQUIRE(pipe.feed("+OK\r\n"));
    BOOST_TEST((pipe.waiting_since() == start + 5s));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vanna::redis
