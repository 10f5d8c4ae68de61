#include "core/audit/failures.hpp"

#include <boost/test/unit_test.hpp>

#include "core/audit/administrative.hpp"
#include "tests/support/fake_accounts.hpp"
#include "tests/support/run_coroutine.hpp"

namespace vanna::audit {
namespace {

using namespace std::chrono_literals;
instant const noon{std::chrono::hours(480'000)};

entry failed(std::string ip, std::string email, instant at) {
    return {.email = std::move(email),
            .action = "auth.login",
            .ip = std::move(ip),
            .status = "failure",
            .timestamp = at};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(audit_failures)

BOOST_AUTO_TEST_CASE(the_first_of_a_minute_is_told_at_once_and_the_others_when_it_is_over) {
    failures counts;
    BOOST_TEST(counts.note(failed("192.0.2.1", "a@b", noon)).has_value());
    for (int i = 0; i < 9; ++i)
        BOOST_TEST(!counts.note(failed("192.0.2.1", i < 5 ? "a@b" : "c@d", noon + 1s)));
    BOOST_TEST(counts.note(failed("192.0.2.2", "a@b", noon)).has_value());
    BOOST_TEST(counts.collect(noon + 59s).empty());
    auto const told = counts.collect(noon + 60s);
    BOOST_REQUIRE(told.size() == 1u);
    BOOST_TEST(told[0].ip == "192.0.2.1");
    BOOST_TEST(told[0].changes.at("more").to_number<int>() == 9);
    BOOST_TEST(told[0].changes.at("emails").as_array().size() == 2u);
    BOOST_TEST(counts.size() == 0u);
    BOOST_TEST(counts.note(failed("192.0.2.1", "a@b", noon + 61s)).has_value());
}

BOOST_AUTO_TEST_CASE(an_attack_from_everywhere_shares_one_line) {
    failures counts(10);
    int told = 0;
    for (int i = 0; i < 1000; ++i)
        told += counts.note(failed("2001:db8::" + std::to_string(i), "a@b", noon)).has_value();
    BOOST_TEST(told == 11);
    BOOST_TEST(counts.size() == 11u);
    auto const all = counts.collect(instant::max());
    BOOST_REQUIRE(all.size() == 1u);
    BOOST_TEST(all[0].ip == "");
    BOOST_TEST(all[0].changes.at("more").to_number<int>() == 989);
}

BOOST_AUTO_TEST_CASE(an_administrative_action_is_committed_before_and_after) {
    test::fake_audit trail;
    test::fake_recorder spool;
    test::run_coroutine([&]() -> awaitable<void> {
        entry const what{.action = "users.update", .resource = "users/1", .changes = {{"role", "admin"}}};
        std::size_t known_when_acting = 0;
        auto act = [&](bool good) -> awaitable<result<int>> {
            known_when_acting = trail.entries.size();
            if (!good) co_return error{errc::conflict, public_text{"no"}};
            co_return 7;
        };
        auto done = co_await administrative(trail, spool, what, act(true), after(1s));
        BOOST_TEST(*done == 7);
        BOOST_TEST(known_when_acting == 1u);
        BOOST_TEST(trail.entries.at(0).status == "attempt");
        BOOST_TEST(trail.entries.at(1).status == "success");
        BOOST_TEST((trail.entries.at(0).id != trail.entries.at(1).id));

        auto failed_action = co_await administrative(trail, spool, what, act(false), after(1s));
        BOOST_TEST((failed_action.error().code == errc::conflict));
        BOOST_TEST(trail.entries.at(3).status == "failure");
        BOOST_TEST(trail.entries.at(3).changes.at("error").as_string() == "conflict");
        BOOST_TEST(trail.entries.at(3).changes.at("role").as_string() == "admin");

        trail.failure = error{errc::unavailable, public_text{"away"}};
        known_when_acting = 99;
        auto refused = co_await administrative(trail, spool, what, act(true), after(1s));
        BOOST_TEST((refused.error().code == errc::unavailable));
        BOOST_TEST(known_when_acting == 99u);
    });
}

BOOST_AUTO_TEST_CASE(an_outcome_that_postgresql_cannot_take_goes_to_the_spool) {
    test::fake_audit trail;
    test::fake_recorder spool;
    test::run_coroutine([&]() -> awaitable<void> {
        auto act = [&]() -> awaitable<result<int>> {
            trail.failure = error{errc::unavailable, public_text{"away"}};
            co_return 7;
        };
        auto done = co_await administrative(trail, spool, {.action = "x"}, act(), after(1s));
        BOOST_TEST(*done == 7);
        BOOST_TEST(spool.audited("x", "success") == 1u);
    });
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vanna::audit
