#include "core/auth/password_hash.hpp"

#include <boost/test/unit_test.hpp>

#include "tests/support/run_coroutine.hpp"

namespace vanna::auth {
namespace {

constexpr unsigned cheap = 4;

std::chrono::nanoseconds time_of(auto&& work) {
    auto best = std::chrono::nanoseconds::max();
    for (int i = 0; i < 5; ++i) {
        timespec a, b;
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &a);
        work();
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &b);
        best = std::min(
            best, std::chrono::nanoseconds((b.tv_sec - a.tv_sec) * 1'000'000'000 + b.tv_nsec - a.tv_nsec));
    }
    return best;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(password_hash)

BOOST_AUTO_TEST_CASE(a_hash_verifies_its_own_password_only_and_salts_differ) {
    auto const hash = make_hash("correct horse battery", cheap);
    BOOST_TEST(hash.substr(0, 7) == "$2b$04$");
    BOOST_TEST(hash.size() == 60u);
    BOOST_TEST(check_hash("correct horse battery", hash, cheap));
    BOOST_TEST(!check_hash("correct horse batterx", hash, cheap));
    BOOST_TEST(!check_hash("", hash, cheap));
    BOOST_TEST(make_hash("correct horse battery", cheap) != hash);
}

BOOST_AUTO_TEST_CASE(hashes_of_other_systems_verify) {
    // The same hash in its three dialects; "U*U" is a published test vector of bcrypt's authors.
    for (auto const* prefix : {"$2a$", "$2b$", "$2y$"})
        BOOST_TEST(check_hash(
            "U*U", std::string(prefix) + "05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW", cheap));
}

BOOST_AUTO_TEST_CASE(anything_that_is_not_such_a_hash_is_false) {
    auto const hash = make_hash("correct horse battery", cheap);
    for (auto const& stored :
         {std::string(), std::string("plain"), hash.substr(0, 59), hash + "x", "$2x$" + hash.substr(4),
          "$6$" + hash.substr(3), std::string("$2b$99") + hash.substr(6), std::string(60, '$')})
        BOOST_TEST(!check_hash("correct horse battery", stored, cheap), stored);
}

BOOST_AUTO_TEST_CASE(a_password_longer_than_bcrypt_reads_is_never_the_right_one) {
    std::string const longest(72, 'p');
    auto const hash = make_hash(longest, cheap);
    BOOST_TEST(check_hash(longest, hash, cheap));
    BOOST_TEST(!check_hash(longest + "p", hash, cheap));
    BOOST_TEST(!check_hash(longest.substr(0, 71), hash, cheap));
    auto const short_hash = make_hash("twelve bytes", cheap);
    BOOST_TEST(!check_hash(std::string("twelve bytes\0more", 17), short_hash, cheap));
}

BOOST_AUTO_TEST_CASE(unknown_accounts_and_cheaper_adopted_hashes_take_as_long) {
    constexpr unsigned cost = 9;
    auto const own = make_hash("correct horse battery", cost);
    auto const adopted = make_hash("correct horse battery", 5);
    auto const base = double(time_of([&] { check_hash("wrong", own, cost); }).count());
    for (auto const& stored : {std::string(), adopted})
        for (auto const& password : {std::string("wrong"), std::string(100, 'x')}) {
            auto const t = double(time_of([&] { check_hash(password, stored, cost); }).count());
            BOOST_TEST(t / base > 0.75);
            BOOST_TEST(t / base < 1.33);
        }
}

BOOST_AUTO_TEST_CASE(hashing_runs_on_the_pool_and_a_late_turn_is_an_error) {
    work_pool pool("cpu", 1, 1);
    test::run_coroutine([&]() -> awaitable<void> {
        password_hasher hasher(pool, cheap);
        auto hash = co_await hasher.hash("correct horse battery", after(std::chrono::seconds(10)));
        BOOST_REQUIRE(hash);
        auto same = co_await hasher.verify("correct horse battery", *hash, after(std::chrono::seconds(10)));
        BOOST_TEST(*same);
        auto late = co_await hasher.verify("x", *hash, after(std::chrono::seconds(-1)));
        BOOST_TEST((late.error().code == errc::deadline_exceeded));
        auto much = co_await hasher.hash(std::string(73, 'x'), after(std::chrono::seconds(10)));
        BOOST_TEST((much.error().code == errc::invalid_input));
    });
}

BOOST_AUTO_TEST_CASE(a_full_queue_is_an_error_now) {
    work_pool pool("cpu", 1, 1);
    std::promise<void> gate;
    auto blocked = gate.get_future().share();
    for (int i = 0; i < 2; ++i)
        BOOST_REQUIRE(pool.try_post([blocked] { blocked.wait(); }));
    test::run_coroutine([&]() -> awaitable<void> {
        password_hasher hasher(pool, cheap);
        auto full = co_await hasher.verify("x", "", after(std::chrono::seconds(10)));
        BOOST_TEST((full.error().code == errc::overloaded));
    });
    gate.set_value();
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vanna::auth
