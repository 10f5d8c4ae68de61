// Users and sessions on a real server, the races first.
#include "tests/unit/stores/migrated_database.hpp"

namespace vanna::postgres {
namespace {

using namespace test;
constexpr auto life = std::chrono::hours(1);

struct auth_stores {
    explicit auth_stores(pool& p)
        : users(create_user_store(p, life)), sessions(create_session_store(p, life)) {}
    std::unique_ptr<auth::user_store> users;
    std::unique_ptr<auth::session_store> sessions;
};

template <class F>
void with_stores(scratch_database const& database, F body) {
    with_pool(database, [&](pool& p) -> awaitable<void> {
        auth_stores stores(p);
        co_await body(stores);
    });
}

std::string hash_of(int n) {
    return std::string(31, '\0') + char(n);
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(user_store, migrated_database)

BOOST_AUTO_TEST_CASE(a_user_comes_back_as_made_and_by_any_case_of_the_address) {
    with_stores(*this, [](auth_stores& s) -> awaitable<void> {
        auto made = some_user("Ann.Ö@Example.com", auth::role::admin);
        made.full_name = "Ann \"A\" O'Neil";
        auto const stored = co_await s.users->create(made, after(5s));
        BOOST_REQUIRE(stored);
        auto const found = co_await s.users->by_email("ANN.Ö@example.COM", after(5s));
        BOOST_REQUIRE(found);
        BOOST_TEST((found->id == made.id));
        BOOST_TEST(found->email == made.email);
        BOOST_TEST(found->full_name == made.full_name);
        BOOST_TEST((found->role == auth::role::admin));
        BOOST_TEST(found->is_active);
        BOOST_TEST((std::chrono::abs(found->created_at - now()) < 1min));
        BOOST_TEST(!found->last_login);
        BOOST_TEST(bool(co_await s.users->touch_login(made.id, after(5s))));
        BOOST_TEST(bool((co_await s.users->by_id(made.id, after(5s)))->last_login));
        BOOST_TEST(((co_await s.users->by_id(new_id(), after(5s))).error().code == errc::not_found));
        BOOST_TEST(((co_await s.users->by_email("", after(5s))).error().code == errc::not_found));
    });
}

BOOST_AUTO_TEST_CASE(one_address_belongs_to_one_user_whatever_its_case) {
    with_stores(*this, [](auth_stores& s) -> awaitable<void> {
        int made = 0, conflicts = 0;
        co_await side_by_side(8, [&](std::size_t i) -> awaitable<void> {
            auto const user = co_await s.users->create(some_user(i % 2 ? "A@b.c" : "a@B.C"), after(5s));
            made += bool(user);
            conflicts += !user && user.error().code == errc::conflict;
        });
        BOOST_TEST(made == 1);
        BOOST_TEST(conflicts == 7);
        auto const other = co_await s.users->create(some_user("x@b.c"), after(5s));
        auto const renamed = co_await s.users->update(other->id, {.email = "a@b.C"}, after(5s));
        BOOST_REQUIRE(!renamed);
        BOOST_TEST((renamed.error().code == errc::conflict));
    });
}

BOOST_AUTO_TEST_CASE(admins_who_remove_each_other_at_once_leave_one) {
    with_stores(*this, [](auth_stores& s) -> awaitable<void> {
        for (int round = 0; round < 10; ++round) {
            std::vector<uuid> admins;
            for (int i = 0; i < 4; ++i) {
                auto const name = std::to_string(round) + "." + std::to_string(i) + "@example.com";
                admins.push_back(
                    (co_await s.users->create(some_user(name, auth::role::admin), after(5s)))->id);
            }
            int done = 0, refused = 0;
            co_await side_by_side(4, [&](std::size_t i) -> awaitable<void> {
                auth::user_changes change;
                if (i % 2)
                    change.is_active = false;
                else
                    change.role = auth::role::viewer;
                auto const outcome = co_await s.users->update(admins[i], change, after(5s));
                done += bool(outcome);
                refused += !outcome && outcome.error().code == errc::conflict;
            });
            BOOST_TEST(done == (round == 0 ? 3 : 4));
            BOOST_TEST(refused == (round == 0 ? 1 : 0));
        }
    });
    BOOST_TEST(ask("select count(*) from users where role = 'admin' and is_active") == "1");
}

BOOST_AUTO_TEST_CASE(only_real_changes_of_role_password_or_activity_end_sessions) {
    with_stores(*this, [](auth_stores& s) -> awaitable<void> {
        auto const user = co_await s.users->create(some_user("u@example.com"), after(5s));
        auto const epoch_after = [&](auth::user_changes change) -> awaitable<std::int64_t> {
            auto const changed = co_await s.users->update(user->id, change, after(5s));
            BOOST_REQUIRE(changed);
            co_return changed->session_epoch;
        };
        BOOST_TEST(co_await epoch_after({.full_name = "New Name"}) == 0);
        BOOST_TEST(co_await epoch_after({.role = auth::role::analyst}) == 0);
        BOOST_TEST(co_await epoch_after({.role = auth::role::viewer}) == 1);
        BOOST_TEST(co_await epoch_after({.password_hash = "$2b$04$other"}) == 2);
        BOOST_TEST(co_await epoch_after({.is_active = false}) == 3);
        BOOST_TEST(((co_await s.users->update(new_id(), {.full_name = "x"}, after(5s))).error().code ==
                    errc::not_found));
    });
    BOOST_TEST(ask("select count(*) || ' ' || max(least_epoch) from revocations where expires_at > now() + "
                   "interval '1 day'") == "3 3");
}

BOOST_AUTO_TEST_CASE(pages_run_newest_first_and_end) {
    with_stores(*this, [](auth_stores& s) -> awaitable<void> {
        for (int i = 0; i < 5; ++i)
            co_await s.users->create(some_user(std::to_string(i) + "@example.com"), after(5s));
        auto const first = co_await s.users->list({.limit = 3}, after(5s));
        BOOST_REQUIRE(first);
        BOOST_TEST(first->items.size() == 3u);
        BOOST_TEST(first->items[0].email == "4@example.com");
        BOOST_REQUIRE(first->next);
        auto const second = co_await s.users->list({.limit = 3, .before = first->next}, after(5s));
        BOOST_TEST(second->items.size() == 2u);
        BOOST_TEST(!second->next);
    });
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(session_store, migrated_database)

BOOST_AUTO_TEST_CASE(a_refresh_token_works_once_and_its_reuse_ends_the_family) {
    with_stores(*this, [](auth_stores& s) -> awaitable<void> {
        auto const user = co_await s.users->create(some_user("u@example.com"), after(5s));
        auto const family = new_id();
        auto const later = now() + 1h;
        BOOST_TEST(bool(co_await s.sessions->add_refresh(*user, family, hash_of(1), later, after(5s))));
        auto const second = co_await s.sessions->rotate_refresh(hash_of(1), hash_of(2), later, after(5s));
        BOOST_REQUIRE(second);
        BOOST_TEST((second->whose.id == user->id));
        BOOST_TEST((second->family_id == family));
        auto const reused = co_await s.sessions->rotate_refresh(hash_of(1), hash_of(3), later, after(5s));
        BOOST_REQUIRE(!reused);
        BOOST_TEST((reused.error().code == errc::unauthenticated));
        BOOST_TEST(!(co_await s.sessions->rotate_refresh(hash_of(2), hash_of(4), later, after(5s))));
        BOOST_TEST(!(co_await s.sessions->rotate_refresh(hash_of(9), hash_of(5), later, after(5s))));
    });
    BOOST_TEST(ask("select count(*) from revocations where family_id is not null") == "1");
}

BOOST_AUTO_TEST_CASE(of_many_rotations_of_one_token_at_once_one_wins_and_the_family_ends) {
    with_stores(*this, [](auth_stores& s) -> awaitable<void> {
        auto const user = co_await s.users->create(some_user("u@example.com"), after(5s));
        auto const later = now() + 1h;
        co_await s.sessions->add_refresh(*user, new_id(), hash_of(1), later, after(5s));
        int won = 0;
        co_await side_by_side(10, [&](std::size_t i) -> awaitable<void> {
            won +=
                bool(co_await s.sessions->rotate_refresh(hash_of(1), hash_of(10 + int(i)), later, after(5s)));
        });
        BOOST_TEST(won == 1);
        for (int i = 0; i < 10; ++i)
            BOOST_TEST(
                !(co_await s.sessions->rotate_refresh(hash_of(10 + i), hash_of(50 + i), later, after(5s))));
    });
}

BOOST_AUTO_TEST_CASE(expired_tokens_and_those_of_inactive_users_are_refused) {
    with_stores(*this, [](auth_stores& s) -> awaitable<void> {
        auto const user = co_await s.users->create(some_user("u@example.com"), after(5s));
        auto const later = now() + 1h;
        co_await s.sessions->add_refresh(*user, new_id(), hash_of(1), now() - 1s, after(5s));
        BOOST_TEST(!(co_await s.sessions->rotate_refresh(hash_of(1), hash_of(2), later, after(5s))));
        co_await s.sessions->add_refresh(*user, new_id(), hash_of(3), later, after(5s));
        co_await s.users->update(user->id, {.is_active = false}, after(5s));
        BOOST_TEST(!(co_await s.sessions->rotate_refresh(hash_of(3), hash_of(4), later, after(5s))));
        co_await s.users->update(user->id, {.is_active = true}, after(5s));
        BOOST_TEST(!(co_await s.sessions->rotate_refresh(hash_of(3), hash_of(4), later, after(5s))));
    });
}

BOOST_AUTO_TEST_CASE(a_session_is_not_opened_for_an_account_that_changes_at_that_moment) {
    with_stores(*this, [this](auth_stores& s) -> awaitable<void> {
        auto const user = co_await s.users->create(some_user("u@example.com"), after(5s));
        auto const later = now() + 1h;
        auto change = co_await session::open(where(), after(5s));
        co_await (*change)->script("begin; update users set session_epoch = session_epoch + 1", after(5s));
        co_await side_by_side(2, [&](std::size_t which) -> awaitable<void> {
            if (which == 0) {
                auto const opened =
                    co_await s.sessions->add_refresh(*user, new_id(), hash_of(1), later, after(5s));
                BOOST_REQUIRE(!opened);
                BOOST_TEST((opened.error().code == errc::unauthenticated));
            } else {
                co_await (*change)->script("commit", after(5s));
            }
        });
        auto const now_is = co_await s.users->by_id(user->id, after(5s));
        BOOST_TEST(bool(co_await s.sessions->add_refresh(*now_is, new_id(), hash_of(2), later, after(5s))));
        auto const stale =
            co_await s.users->update(user->id, {.password_hash = "h", .unless_past_epoch = 0}, after(5s));
        BOOST_REQUIRE(!stale);
        BOOST_TEST((stale.error().code == errc::conflict));
        BOOST_TEST(bool(
            co_await s.users->update(user->id, {.password_hash = "h", .unless_past_epoch = 1}, after(5s))));
    });
}

BOOST_AUTO_TEST_CASE(a_new_password_ends_a_pending_reset) {
    with_stores(*this, [](auth_stores& s) -> awaitable<void> {
        auto const user = co_await s.users->create(some_user("u@example.com"), after(5s));
        co_await s.sessions->add_password_reset(user->id, hash_of(1), now() + 30min, after(5s));
        co_await s.users->update(user->id, {.full_name = "Ann"}, after(5s));
        co_await s.users->update(user->id, {.password_hash = "mine"}, after(5s));
        BOOST_TEST(!(co_await s.sessions->use_password_reset(hash_of(1), "theirs", after(5s))));
        BOOST_TEST((co_await s.users->by_id(user->id, after(5s)))->password_hash == "mine");
    });
}

BOOST_AUTO_TEST_CASE(logging_out_ends_the_family_and_no_other) {
    with_stores(*this, [](auth_stores& s) -> awaitable<void> {
        auto const user = co_await s.users->create(some_user("u@example.com"), after(5s));
        auto const mine = new_id(), other = new_id();
        auto const later = now() + 1h;
        co_await s.sessions->add_refresh(*user, mine, hash_of(1), later, after(5s));
        co_await s.sessions->add_refresh(*user, other, hash_of(2), later, after(5s));
        BOOST_TEST(bool(co_await s.sessions->revoke_family(user->id, mine, later, after(5s))));
        BOOST_TEST(!(co_await s.sessions->rotate_refresh(hash_of(1), hash_of(3), later, after(5s))));
        BOOST_TEST(bool(co_await s.sessions->rotate_refresh(hash_of(2), hash_of(4), later, after(5s))));
    });
    BOOST_TEST(ask("select count(*) from revocations") == "1");
}

BOOST_AUTO_TEST_CASE(a_password_reset_works_once_ends_all_sessions_and_replaces_the_one_before) {
    with_stores(*this, [](auth_stores& s) -> awaitable<void> {
        auto const user = co_await s.users->create(some_user("u@example.com"), after(5s));
        auto const later = now() + 30min;
        co_await s.sessions->add_refresh(*user, new_id(), hash_of(9), later, after(5s));
        co_await s.sessions->add_password_reset(user->id, hash_of(1), later, after(5s));
        co_await s.sessions->add_password_reset(user->id, hash_of(2), later, after(5s));
        BOOST_TEST(!(co_await s.sessions->use_password_reset(hash_of(1), "h1", after(5s))));
        int used = 0;
        co_await side_by_side(5, [&](std::size_t) -> awaitable<void> {
            used += bool(co_await s.sessions->use_password_reset(hash_of(2), "h2", after(5s)));
        });
        BOOST_TEST(used == 1);
        auto const changed = co_await s.users->by_id(user->id, after(5s));
        BOOST_TEST(changed->password_hash == "h2");
        BOOST_TEST(changed->session_epoch == 1);
        BOOST_TEST(!(co_await s.sessions->rotate_refresh(hash_of(9), hash_of(8), later, after(5s))));
        co_await s.sessions->add_password_reset(user->id, hash_of(3), now() - 1s, after(5s));
        BOOST_TEST(!(co_await s.sessions->use_password_reset(hash_of(3), "h3", after(5s))));
    });
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vanna::postgres
