// Sessions on PostgreSQL and Redis: what one replica revokes the other refuses, by the rows alone.
#include "core/auth/sessions.hpp"

#include "core/auth/secret.hpp"
#include "tests/support/fake_accounts.hpp"
#include "tests/unit/stores/migrated_database.hpp"

namespace vanna::postgres {
namespace {

using namespace test;

constexpr auto password = "AnalystPassword123";
auth::caller const here{"192.0.2.1", "req"};

config::settings some_settings() {
    config::settings s{};
    s.jwt_secret = "0123456789abcdef0123456789abcdef";
    s.jwt_ttl_seconds = 3600;
    s.refresh_ttl_days = 14;
    return s;
}

// A replica of the engine, as far as sessions go.
struct replica_of {
    std::unique_ptr<auth::user_store> users;
    std::unique_ptr<auth::session_store> grants;
    std::unique_ptr<audit::store> trail;
    std::unique_ptr<replica::store> state;
    shared_value<config::settings> settings{some_settings()};
    auth::local_rate_counters counters;
    auth::local_rate_limits limits{counters};
    fake_recorder records;
    auth::revocations revoked;
    auth::sessions sessions;

    replica_of(pool& on, work_pool& cpu)
        : users(create_user_store(on, 1h)),
          grants(create_session_store(on, 1h)),
          trail(create_audit_store(on)),
          state(create_replica_store(on)),
          sessions({*users, *grants, limits, records, *trail}, settings, auth::password_hasher(cpu, 4),
                   revoked) {}
    awaitable<void> poll() {
        auto const now = co_await state->read(after(5s));
        BOOST_REQUIRE_MESSAGE(now, (now ? "" : now.error().detail));
        revoked.update(now->revocations);
    }
};

struct two_replicas : migrated_database {
    work_pool cpu{"cpu", 1, 16};
    auth::user ann = some_user("ann@example.com"), root = some_user("root@example.com", auth::role::admin);

    template <class F>
    void with_both(F body) {
        ann.password_hash = auth::make_hash(password, 4);
        with_pool(*this, [&](pool& p) -> awaitable<void> {
            replica_of one(p, cpu), other(p, cpu);
            co_await one.users->create(ann, after(5s));
            co_await one.users->create(root, after(5s));
            co_await one.poll();
            co_await other.poll();
            co_await body(one, other);
        });
    }
};

errc code_of(auto const& r) {
    return r ? errc::internal : r.error().code;
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(sessions_on_postgresql, two_replicas)

BOOST_AUTO_TEST_CASE(a_log_out_on_one_replica_holds_on_the_other_and_after_both_restart) {
    std::string access;
    with_both([&](replica_of& one, replica_of& other) -> awaitable<void> {
        auto const pair = co_await one.sessions.login("ANN@example.com", password, here, after(5s));
        BOOST_REQUIRE(pair);
        access = pair->access_token;
        auto const who = other.sessions.authenticate(access);
        BOOST_REQUIRE(who);
        BOOST_REQUIRE(co_await one.sessions.logout(*who, here, after(5s)));
        BOOST_TEST((code_of(one.sessions.authenticate(access)) == errc::unauthenticated));
        co_await other.poll();
        BOOST_TEST((code_of(other.sessions.authenticate(access)) == errc::unauthenticated));
        auto const again = co_await other.sessions.refresh(pair->refresh_token, here, after(5s));
        BOOST_TEST((code_of(again) == errc::unauthenticated));
    });
    with_both([&](replica_of& one, replica_of&) -> awaitable<void> {
        BOOST_TEST((code_of(one.sessions.authenticate(access)) == errc::unauthenticated));
        co_return;
    });
}

BOOST_AUTO_TEST_CASE(reuse_of_a_refresh_token_ends_its_access_tokens_everywhere) {
    with_both([&](replica_of& one, replica_of& other) -> awaitable<void> {
        auto const first = co_await one.sessions.login(ann.email, password, here, after(5s));
        auto const second = co_await other.sessions.refresh(first->refresh_token, here, after(5s));
        BOOST_REQUIRE(second);
        BOOST_TEST((code_of(co_await one.sessions.refresh(first->refresh_token, here, after(5s))) ==
                    errc::unauthenticated));
        co_await other.poll();
        BOOST_TEST(!other.sessions.authenticate(second->access_token));
        BOOST_TEST(!co_await other.sessions.refresh(second->refresh_token, here, after(5s)));
        BOOST_TEST(!!co_await one.sessions.login(ann.email, password, here, after(5s)));
    });
}

BOOST_AUTO_TEST_CASE(a_new_password_a_new_role_and_a_reset_end_older_tokens) {
    with_both([&](replica_of& one, replica_of& other) -> awaitable<void> {
        auto pair = co_await one.sessions.login(ann.email, password, here, after(5s));
        auto who = *one.sessions.authenticate(pair->access_token);
        auto const changed =
            co_await one.sessions.change_password(who, password, "AnotherPassword1", here, after(5s));
        BOOST_REQUIRE(changed);
        co_await other.poll();
        BOOST_TEST(!other.sessions.authenticate(pair->access_token));
        BOOST_TEST(!!other.sessions.authenticate(changed->access_token));
        BOOST_TEST(!co_await other.sessions.refresh(pair->refresh_token, here, after(5s)));
        BOOST_TEST(!!co_await other.sessions.refresh(changed->refresh_token, here, after(5s)));

        co_await one.users->update(ann.id, {.role = auth::role::viewer}, after(5s));
        co_await other.poll();
        BOOST_TEST(!other.sessions.authenticate(changed->access_token));

        pair = co_await one.sessions.login(ann.email, "AnotherPassword1", here, after(5s));
        auth::principal const admin{.user_id = root.id, .email = root.email, .role = auth::role::admin};
        auto const reset = co_await one.sessions.issue_reset(admin, ann.id, here, after(5s));
        BOOST_REQUIRE(reset);
        BOOST_TEST(
            !!co_await other.sessions.confirm_reset(reset->token, "ThirdPassword123", here, after(5s)));
        BOOST_TEST(!co_await other.sessions.confirm_reset(reset->token, "ThirdPassword123", here, after(5s)));
        co_await one.poll();
        BOOST_TEST(!one.sessions.authenticate(pair->access_token));
        BOOST_TEST(!!co_await one.sessions.login(ann.email, "ThirdPassword123", here, after(5s)));

        co_await one.users->update(ann.id, {.is_active = false}, after(5s));
        BOOST_TEST((code_of(co_await one.sessions.login(ann.email, "ThirdPassword123", here, after(5s))) ==
                    errc::unauthenticated));
    });
    BOOST_TEST(ask("select string_agg(status, ' ' order by id) from audit_logs where action = "
                   "'auth.password_reset'") == "attempt success");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vanna::postgres
