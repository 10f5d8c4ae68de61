#include "core/auth/rate_limit.hpp"

#include <boost/test/unit_test.hpp>

#include "core/auth/attempts.hpp"

namespace vanna::auth {
namespace {

using namespace std::chrono_literals;
auto const start = local_rate_counters::clock::time_point{} + 1h;

}  // namespace

BOOST_AUTO_TEST_SUITE(rate_limit)

BOOST_AUTO_TEST_CASE(the_limit_is_exact_and_the_answer_says_how_long_to_wait) {
    local_rate_counters counters;
    for (std::uint64_t i = 0; i < 3; ++i) {
        auto const v = counters.take({{"k", 3}}, 60s, start);
        BOOST_TEST(v.allowed);
        BOOST_TEST(v.remaining == 2 - i);
    }
    auto const v = counters.take({{"k", 3}}, 60s, start + 10500ms);
    BOOST_TEST(!v.allowed);
    BOOST_TEST(v.retry_after.count() == 50);
    BOOST_TEST(counters.take({{"k", 3}}, 60s, start + 59999ms).allowed == false);
    BOOST_TEST(counters.take({{"k", 3}}, 60s, start + 60s).allowed);
}

BOOST_AUTO_TEST_CASE(one_rule_used_up_takes_nothing_from_the_others) {
    local_rate_counters counters;
    BOOST_TEST(counters.take({{"a", 1}, {"b", 2}}, 60s, start).allowed);
    BOOST_TEST(!counters.take({{"a", 1}, {"b", 2}}, 60s, start).allowed);
    BOOST_TEST(counters.take({{"b", 2}}, 60s, start).allowed);
    BOOST_TEST(!counters.take({{"b", 2}}, 60s, start).allowed);
}

BOOST_AUTO_TEST_CASE(what_is_given_back_can_be_taken_again) {
    local_rate_counters counters;
    for (int i = 0; i < 100; ++i) {
        BOOST_TEST(counters.take({{"a", 1}}, 60s, start).allowed);
        counters.give_back({"a", "never taken"});
    }
    BOOST_TEST(counters.size() == 0u);
}

BOOST_AUTO_TEST_CASE(memory_is_bounded_whatever_strangers_send) {
    local_rate_counters counters(100);
    for (int i = 0; i < 1000; ++i)
        counters.take({{std::to_string(i), 1}}, 60s, start);
    BOOST_TEST(counters.size() <= 100u);
    // Ended windows go first.
    local_rate_counters aging(3);
    aging.take({{"old", 1}}, 1s, start);
    aging.take({{"new1", 1}}, 60s, start);
    aging.take({{"new2", 1}}, 60s, start);
    aging.take({{"new3", 1}}, 60s, start + 2s);
    BOOST_TEST(!aging.take({{"new1", 1}}, 60s, start + 2s).allowed);
    BOOST_TEST(!aging.take({{"new2", 1}}, 60s, start + 2s).allowed);
}

BOOST_AUTO_TEST_CASE(an_address_is_one_ipv4_or_one_ipv6_network) {
    BOOST_TEST(address_group("192.0.2.1") == "192.0.2.1");
    BOOST_TEST(address_group("::ffff:192.0.2.1") == "192.0.2.1");
    BOOST_TEST(address_group("2001:db8:1:2:aaaa::1") == address_group("2001:db8:1:2:bbbb::9"));
    BOOST_TEST(address_group("2001:db8:1:2::1") != address_group("2001:db8:1:3::1"));
    BOOST_TEST(address_group(std::string(1000, 'x')).size() == 45u);
}

BOOST_AUTO_TEST_CASE(an_account_is_counted_and_not_named_in_the_key) {
    auto const a = login_rules("admin@example.com", "192.0.2.1"),
               b = login_rules("other@example.com", "192.0.2.1");
    BOOST_TEST(a.at(0).key != b.at(0).key);
    BOOST_TEST(a.at(0).key.find("xample") == std::string::npos);
    BOOST_TEST(a.at(0).limit == 10u);
    BOOST_TEST(a.at(1).limit == 100u);
    BOOST_TEST(login_rules(std::string(100000, 'x'), "::1").at(0).key.size() < 100u);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vanna::auth
