#include "core/auth/sessions.hpp"

#include <boost/test/unit_test.hpp>

#include "core/auth/secret.hpp"
#include "tests/support/fake_accounts.hpp"
#include "tests/support/run_coroutine.hpp"

namespace vanna::auth {
namespace {

using namespace std::chrono_literals;
constexpr auto good = "AnalystPassword123";
caller const here{"192.0.2.1", "req-1"};

struct fixture {
    work_pool pool{"cpu", 1, 8};
    shared_value<config::settings> settings{[] {
        config::settings s{};
        s.jwt_secret = "0123456789abcdef0123456789abcdef";
        s.jwt_ttl_seconds = 3600;
        s.refresh_ttl_days = 14;
        return s;
    }()};
    test::fake_users users;
    test::fake_sessions grants;
    test::fake_recorder records;
    test::fake_audit trail;
    local_rate_counters counters;
    local_rate_limits limits{counters};
    revocations revoked;
    sessions subject{{users, grants, limits, records, trail}, settings, password_hasher(pool, 4), revoked};
    user& analyst = users.add("analyst@example.com", make_hash(good, 4));

    fixture() {
        grants.users = &users;
        revoked.update({});
    }
    deadline soon() const { return after(10s); }
    errc code_of(auto const& r) { return r ? errc::internal : r.error().code; }
    void run(auto body) { test::run_coroutine(body); }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(session_rules, fixture)

BOOST_AUTO_TEST_CASE(a_log_in_gives_a_pair_whose_access_token_authenticates) {
    run([&]() -> awaitable<void> {
        auto pair = co_await subject.login("analyst@example.com", good, here, soon());
        BOOST_REQUIRE(pair);
        BOOST_TEST(pair->expires_in.count() == 3600);
        BOOST_TEST(pair->refresh_token.size() == 43u);
        auto who = subject.authenticate(pair->access_token);
        BOOST_REQUIRE(who);
        BOOST_TEST((who->user_id == analyst.id));
        BOOST_TEST((who->role == role::analyst));
        BOOST_TEST(users.logins == 1);
        BOOST_TEST(records.audited("auth.login", "success") == 1u);
        // At rest there is the hash only.
        BOOST_TEST(grants.grants.contains(sha256(pair->refresh_token)));
        BOOST_TEST(!grants.grants.contains(pair->refresh_token));
    });
}

BOOST_AUTO_TEST_CASE(a_wrong_password_an_unknown_account_and_an_inactive_one_look_the_same) {
    users.add("gone@example.com", make_hash(good, 4)).is_active = false;
    run([&]() -> awaitable<void> {
        auto wrong = co_await subject.login("analyst@example.com", "WrongPassword123", here, soon());
        auto unknown = co_await subject.login("nobody@example.com", good, here, soon());
        auto inactive = co_await subject.login("gone@example.com", good, here, soon());
        for (auto const& r : {wrong, unknown, inactive}) {
            BOOST_TEST((code_of(r) == errc::unauthenticated));
            BOOST_TEST(r.error().message == wrong.error().message);
        }
        BOOST_TEST(pool.started() == 3u);
        BOOST_TEST(users.logins == 0);
    });
}

BOOST_AUTO_TEST_CASE(the_eleventh_failure_of_an_account_is_refused_before_any_hashing) {
    run([&]() -> awaitable<void> {
        for (int i = 0; i < 10; ++i) {
            auto r = co_await subject.login("analyst@example.com", "WrongPassword123", here, soon());
            BOOST_TEST((code_of(r) == errc::unauthenticated));
        }
        auto const hashed = pool.started();
        auto r = co_await subject.login("ANALYST@example.com", good, here, soon());
        BOOST_TEST((code_of(r) == errc::rate_limited));
        BOOST_TEST(r.error().retry_after->count() > 800);
        BOOST_TEST(pool.started() == hashed);
        auto elsewhere = co_await subject.login("analyst@example.com", good, {"192.0.2.2", ""}, soon());
        BOOST_TEST(!!elsewhere);
    });
}

BOOST_AUTO_TEST_CASE(an_address_has_100_failures_for_all_accounts_together) {
    run([&]() -> awaitable<void> {
        for (int i = 0; i < 100; ++i) {
            auto r =
                co_await subject.login("nobody" + std::to_string(i) + "@example.com", good, here, soon());
            BOOST_TEST((code_of(r) == errc::unauthenticated));
        }
        auto r = co_await subject.login("analyst@example.com", good, here, soon());
        BOOST_TEST((code_of(r) == errc::rate_limited));
    });
}

BOOST_AUTO_TEST_CASE(good_log_ins_and_an_absent_database_use_up_nothing) {
    run([&]() -> awaitable<void> {
        for (int i = 0; i < 30; ++i)
            BOOST_TEST(!!co_await subject.login("analyst@example.com", good, here, soon()));
        users.failure = error{errc::unavailable, public_text{"away"}};
        for (int i = 0; i < 30; ++i) {
            auto r = co_await subject.login("analyst@example.com", good, here, soon());
            BOOST_TEST((code_of(r) == errc::unavailable));
        }
        BOOST_TEST(counters.size() == 0u);
    });
}

BOOST_AUTO_TEST_CASE(failures_are_audited_at_once_and_then_counted) {
    run([&]() -> awaitable<void> {
        for (int i = 0; i < 5; ++i)
            co_await subject.login("analyst@example.com", "WrongPassword123", here, soon());
        BOOST_TEST(records.audited("auth.login", "failure") == 1u);
        subject.sweep(true);
        BOOST_TEST(records.audited("auth.login", "failure") == 2u);
        auto const& last = *records.records.back().audit;
        BOOST_TEST(last.changes.at("more").to_number<int>() == 4);
        BOOST_TEST(last.email == "analyst@example.com");
        for (int i = 0; i < 50; ++i)
            subject.denied(here);
        BOOST_TEST(records.audited("auth.token", "denied") == 1u);
    });
}

BOOST_AUTO_TEST_CASE(refresh_rotates_and_reuse_ends_the_whole_family) {
    run([&]() -> awaitable<void> {
        auto first = co_await subject.login("analyst@example.com", good, here, soon());
        auto second = co_await subject.refresh(first->refresh_token, here, soon());
        BOOST_REQUIRE(second);
        BOOST_TEST(second->refresh_token != first->refresh_token);
        auto const family = subject.authenticate(first->access_token)->family_id;
        BOOST_TEST((subject.authenticate(second->access_token)->family_id == family));
        auto again = co_await subject.refresh(first->refresh_token, here, soon());
        BOOST_TEST((code_of(again) == errc::unauthenticated));
        BOOST_TEST((grants.revoked_families == std::vector{family}));
        auto thief = co_await subject.refresh(second->refresh_token, here, soon());
        BOOST_TEST((code_of(thief) == errc::unauthenticated));
        BOOST_TEST((code_of(co_await subject.refresh("nonsense", here, soon())) == errc::unauthenticated));
    });
}

BOOST_AUTO_TEST_CASE(an_account_switched_off_gets_no_new_tokens) {
    run([&]() -> awaitable<void> {
        auto pair = co_await subject.login("analyst@example.com", good, here, soon());
        analyst.is_active = false;
        auto r = co_await subject.refresh(pair->refresh_token, here, soon());
        BOOST_TEST((code_of(r) == errc::unauthenticated));
    });
}

BOOST_AUTO_TEST_CASE(a_log_out_holds_at_once_and_needs_the_database) {
    run([&]() -> awaitable<void> {
        auto pair = co_await subject.login("analyst@example.com", good, here, soon());
        auto const who = *subject.authenticate(pair->access_token);
        grants.failure = error{errc::unavailable, public_text{"away"}};
        BOOST_TEST((code_of(co_await subject.logout(who, here, soon())) == errc::unavailable));
        BOOST_TEST(!!subject.authenticate(pair->access_token));
        grants.failure.reset();
        BOOST_TEST(!!co_await subject.logout(who, here, soon()));
        BOOST_TEST((code_of(subject.authenticate(pair->access_token)) == errc::unauthenticated));
        BOOST_TEST(
            (code_of(co_await subject.refresh(pair->refresh_token, here, soon())) == errc::unauthenticated));
    });
}

BOOST_AUTO_TEST_CASE(a_changed_password_ends_old_tokens_and_opens_a_new_session) {
    run([&]() -> awaitable<void> {
        auto pair = co_await subject.login("analyst@example.com", good, here, soon());
        auto const who = *subject.authenticate(pair->access_token);
        auto wrong =
            co_await subject.change_password(who, "WrongPassword123", "NextPassword1234", here, soon());
        BOOST_TEST((code_of(wrong) == errc::invalid_input));
        BOOST_TEST(wrong.error().fields.at(0).field == "current_password");
        auto weak = co_await subject.change_password(who, good, "short", here, soon());
        BOOST_TEST(weak.error().fields.at(0).field == "new_password");
        auto changed = co_await subject.change_password(who, good, "NextPassword1234", here, soon());
        BOOST_REQUIRE(changed);
        BOOST_TEST(!subject.authenticate(pair->access_token));
        BOOST_TEST(!!subject.authenticate(changed->access_token));
        BOOST_TEST(!co_await subject.login("analyst@example.com", good, here, soon()));
        BOOST_TEST(!!co_await subject.login("analyst@example.com", "NextPassword1234", here, soon()));
    });
}

BOOST_AUTO_TEST_CASE(a_log_in_or_password_change_under_way_does_not_outlive_a_change_by_somebody_else) {
    run([&]() -> awaitable<void> {
        auto const by_an_admin = [](user& u) {
            u.password_hash = make_hash("AdminsChoice1234", 4);
            ++u.session_epoch;
        };
        users.meanwhile = by_an_admin;
        auto in = co_await subject.login("analyst@example.com", good, here, soon());
        BOOST_TEST((code_of(in) == errc::unauthenticated));
        BOOST_TEST(grants.grants.empty());
        auto pair = co_await subject.login("analyst@example.com", "AdminsChoice1234", here, soon());
        BOOST_REQUIRE(pair);
        users.meanwhile = [](user& u) {
            u.password_hash = make_hash("SecondChoice1234", 4);
            ++u.session_epoch;
        };
        auto changed =
            co_await subject.change_password(pair->who, "AdminsChoice1234", "MyOwnChoice12345", here, soon());
        BOOST_TEST((code_of(changed) == errc::conflict));
        BOOST_TEST(!!co_await subject.login("analyst@example.com", "SecondChoice1234", here, soon()));
    });
}

BOOST_AUTO_TEST_CASE(a_reset_is_audited_before_it_is_made_and_works_once) {
    auto const admin = users.add("admin@example.com", "", role::admin);
    run([&]() -> awaitable<void> {
        principal const by{admin.id, admin.email, role::admin, new_id(), new_id(), 0};
        auto issued = co_await subject.issue_reset(by, analyst.id, here, soon());
        BOOST_REQUIRE(issued);
        BOOST_TEST(trail.entries.size() == 2u);
        BOOST_TEST(trail.entries.at(0).status == "attempt");
        BOOST_TEST(trail.entries.at(1).status == "success");
        BOOST_TEST(trail.entries.at(1).resource == "users/" + to_string(analyst.id));
        BOOST_TEST(!co_await subject.confirm_reset(issued->token, "short", here, soon()));
        BOOST_TEST(!!co_await subject.confirm_reset(issued->token, "ResetPassword123", here, soon()));
        BOOST_TEST((code_of(co_await subject.confirm_reset(issued->token, "ResetPassword123", here,
                                                           soon())) == errc::unauthenticated));
        BOOST_TEST(!!co_await subject.login("analyst@example.com", "ResetPassword123", here, soon()));

        trail.failure = error{errc::unavailable, public_text{"away"}};
        auto const pending = grants.resets.size();
        BOOST_TEST(!co_await subject.issue_reset(by, analyst.id, here, soon()));
        BOOST_TEST(grants.resets.size() == pending);
    });
}

BOOST_AUTO_TEST_CASE(registration_is_closed_by_default_and_makes_viewers) {
    run([&]() -> awaitable<void> {
        auto closed = co_await subject.register_user("new@example.com", good, "New", here, soon());
        BOOST_TEST((code_of(closed) == errc::forbidden));
        auto open = *settings.get();
        open.open_registration = true;
        settings.set(open);
        auto made = co_await subject.register_user("new@example.com", good, "New", here, soon());
        BOOST_REQUIRE(made);
        BOOST_TEST((made->role == role::viewer));
        auto twice = co_await subject.register_user("new@example.com", good, "New", here, soon());
        BOOST_TEST((code_of(twice) == errc::conflict));
        auto bad = co_await subject.register_user("no address", good, "", here, soon());
        BOOST_TEST(bad.error().fields.at(0).field == "email");
    });
}

BOOST_AUTO_TEST_CASE(nothing_happens_when_it_could_not_be_audited) {
    records.room = false;
    run([&]() -> awaitable<void> {
        BOOST_TEST(
            (code_of(co_await subject.login("analyst@example.com", good, here, soon())) == errc::overloaded));
        BOOST_TEST(pool.started() == 0u);
    });
}

BOOST_AUTO_TEST_CASE(bearer_tokens_are_found_in_any_case_and_nothing_else_is) {
    BOOST_TEST((bearer_token("Bearer abc") == "abc"));
    BOOST_TEST((bearer_token("bEARER   abc ") == "abc"));
    for (auto const* other : {"", "Bearer", "Bearer ", "Basic abc", "Bearerabc", "abc"})
        BOOST_TEST(!bearer_token(other), other);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vanna::auth
