#include "core/net/circuit_breaker.hpp"

#include <boost/test/unit_test.hpp>

#include "core/net/retry_after.hpp"
#include "core/net/service_client.hpp"

namespace vanna::net {
namespace {

using namespace std::chrono_literals;
using pass = circuit_breaker::pass;
using outcome = circuit_breaker::outcome;
using state = circuit_breaker::state;

// A breaker that opens at the third failure, and a clock that stands still unless it is told.
struct scene {
    circuit_breaker breaker{{.failures = 3, .rest = 5s, .longest_rest = 15s}};
    circuit_breaker::time_point now{1000s};

    pass call(outcome how) {
        auto const given = breaker.begin(now);
        breaker.end(given, how, now);
        return given;
    }
    void fail(int times) {
        while (times-- > 0)
            BOOST_TEST((call(outcome::bad) == pass::ordinary));
    }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(a_circuit_breaker)

BOOST_AUTO_TEST_CASE(opens_after_so_many_failures_in_a_row_and_not_before) {
    scene s;
    s.fail(2);
    s.call(outcome::good);
    s.fail(2);
    s.call(outcome::unknown);
    BOOST_TEST((s.breaker.at(s.now) == state::closed));
    s.fail(1);
    BOOST_TEST((s.breaker.at(s.now) == state::open));
    BOOST_TEST((s.call(outcome::good) == pass::refused));
    BOOST_TEST((s.breaker.rests_for(s.now) == 5s));
}

BOOST_AUTO_TEST_CASE(lets_one_probe_through_after_its_rest_and_closes_when_that_is_good) {
    scene s;
    s.fail(3);
    s.now += 4999ms;
    BOOST_TEST((s.breaker.begin(s.now) == pass::refused));
    s.now += 1ms;
    BOOST_TEST((s.breaker.at(s.now) == state::half_open));
    BOOST_TEST((s.breaker.begin(s.now) == pass::probe));
    BOOST_TEST((s.breaker.begin(s.now) == pass::refused), "one probe at a time");
    s.breaker.end(pass::probe, outcome::good, s.now);
    BOOST_TEST((s.breaker.at(s.now) == state::closed));
    s.fail(2);
    BOOST_TEST((s.breaker.at(s.now) == state::closed), "it counts from the start again");
}

BOOST_AUTO_TEST_CASE(rests_longer_after_each_failed_probe_up_to_a_limit) {
    scene s;
    s.fail(3);
    for (auto rest : {5s, 10s, 15s, 15s}) {
        BOOST_TEST((s.breaker.rests_for(s.now) == rest));
        s.now += rest;
        BOOST_TEST((s.call(outcome::bad) == pass::probe));
    }
}

BOOST_AUTO_TEST_CASE(a_probe_that_was_given_up_makes_room_for_another) {
    scene s;
    s.fail(3);
    s.now += 5s;
    BOOST_TEST((s.call(outcome::unknown) == pass::probe));
    BOOST_TEST((s.call(outcome::good) == pass::probe));
}

BOOST_AUTO_TEST_CASE(calls_that_were_under_way_when_it_opened_do_not_lengthen_its_rest) {
    scene s;
    auto const slow = s.breaker.begin(s.now);
    s.fail(3);
    s.now += 3s;
    s.breaker.end(slow, outcome::bad, s.now);
    BOOST_TEST((s.breaker.rests_for(s.now) == 2s));
}

BOOST_AUTO_TEST_CASE(leaves_a_service_alone_as_long_as_it_asks_but_not_for_ever) {
    scene s;
    s.breaker.leave_alone(s.now + 7s, s.now);
    BOOST_TEST((s.breaker.rests_for(s.now) == 7s));
    s.breaker.leave_alone(s.now + 24h, s.now);
    BOOST_TEST((s.breaker.rests_for(s.now) == 15s));
    s.now += 15s;
    BOOST_TEST((s.call(outcome::good) == pass::probe));
    BOOST_TEST((s.breaker.at(s.now) == state::closed));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(retry_after_header)

BOOST_AUTO_TEST_CASE(is_seconds_or_a_date) {
    instant const at = *parse_rfc3339("1994-11-06T08:49:00Z");
    BOOST_TEST((retry_after("0", at) == 0ms));
    BOOST_TEST((retry_after("7", at) == 7s));
    BOOST_TEST((retry_after("99999999", at) == 24h), "nobody waits longer than a day");
    BOOST_TEST((retry_after("Sun, 06 Nov 1994 08:49:37 GMT", at) == 37s));
    BOOST_TEST((retry_after("Sun, 06 Nov 1994 08:48:00 GMT", at) == 0ms), "it has passed");
}

BOOST_AUTO_TEST_CASE(anything_else_says_nothing) {
    for (auto const* text : {"", " ", "-1", "1.5", "soon", "7 s", "Sun, 06 Nov 1994 08:49:37 UTC",
                             "Sun, 31 Feb 1994 08:49:37 GMT", "Sun, 06 Nov 1994 25:49:37 GMT",
                             "Sunday, 06-Nov-94 08:49:37 GMT", "99999999999999999999999"})
        BOOST_TEST(!retry_after(text, now()), text);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(words_of_a_service)

BOOST_AUTO_TEST_CASE(hide_a_secret_that_begins_where_they_end) {
    std::string const secret = "sk-0123456789";
    auto const words = first_words(std::string(195, 'x') + secret + secret, secret);
    BOOST_TEST(words.find("sk-") == words.npos);
    BOOST_TEST(words.size() <= 200u);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vanna::net
