#include "core/query/running.hpp"

#include <boost/test/unit_test.hpp>

namespace vanna::query {
namespace {

std::shared_ptr<sql::stop_flag> flag() {
    return std::make_shared<sql::stop_flag>();
}

}  // namespace

BOOST_AUTO_TEST_SUITE(running_queries)

BOOST_AUTO_TEST_CASE(a_user_at_the_limit_is_told_to_wait_and_may_go_on_when_one_ends) {
    running all;
    auto const user = new_id();
    auto first = all.add(new_id(), user, flag(), 2);
    {
        auto second = all.add(new_id(), user, flag(), 2);
        BOOST_TEST(bool(second));
        auto third = all.add(new_id(), user, flag(), 2);
        BOOST_REQUIRE(!third);
        BOOST_TEST(bool(third.error().code == errc::rate_limited));
        BOOST_TEST(bool(third.error().retry_after));
        BOOST_TEST(bool(all.add(new_id(), new_id(), flag(), 2)), "another user has a limit of their own");
    }
    BOOST_TEST(bool(all.add(new_id(), user, flag(), 2)));
}

BOOST_AUTO_TEST_CASE(an_id_is_refused_while_its_query_runs_and_after_it_was_recorded) {
    running all;
    auto const id = new_id();
    {
        auto failed = all.add(id, new_id(), flag(), 0);
        BOOST_TEST(!all.add(id, new_id(), flag(), 0));
    }
    {
        auto first = all.add(id, new_id(), flag(), 0);
        BOOST_REQUIRE(first);
        first->remember();
    }
    auto again = all.add(id, new_id(), flag(), 0);
    BOOST_REQUIRE(!again);
    BOOST_TEST(bool(again.error().code == errc::conflict));
    BOOST_TEST(all.size() == 0u);
}

BOOST_AUTO_TEST_CASE(only_the_owner_or_an_admin_stops_a_query_and_it_is_said_whose_it_was) {
    running all;
    auto const id = new_id(), owner = new_id();
    auto stop = flag();
    auto entry = all.add(id, owner, stop, 0);
    auto denied = all.cancel(id, new_id(), false);
    BOOST_REQUIRE(!denied);
    BOOST_TEST(bool(denied.error().code == errc::forbidden));
    BOOST_TEST(bool(all.cancel(new_id(), owner, true).error().code == errc::not_found));
    BOOST_TEST(bool(stop->why() == sql::stop_reason::none));
    BOOST_TEST(bool(all.cancel(id, owner, false)));
    BOOST_TEST(bool(stop->why() == sql::stop_reason::requested));
    auto other = flag();
    auto const second = new_id();
    auto held = all.add(second, owner, other, 0);
    BOOST_TEST(bool(all.cancel(second, new_id(), true).value() == owner));
    BOOST_TEST(bool(other->why() == sql::stop_reason::requested));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vanna::query
