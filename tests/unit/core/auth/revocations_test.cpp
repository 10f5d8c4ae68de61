#include "core/auth/revocations.hpp"

#include <boost/test/unit_test.hpp>

namespace vanna::auth {
namespace {

principal somebody(std::int64_t epoch = 5) {
    return {.user_id = new_id(), .email = "a@b", .token_id = new_id(), .family_id = new_id(), .epoch = epoch};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(revocations_mirror)

BOOST_AUTO_TEST_CASE(it_is_loaded_by_the_first_snapshot_even_an_empty_one) {
    revocations all;
    BOOST_TEST(!all.loaded());
    all.add({.id = new_id(), .family_id = new_id()});
    BOOST_TEST(!all.loaded());
    all.update({});
    BOOST_TEST(all.loaded());
}

BOOST_AUTO_TEST_CASE(a_family_is_revoked_for_every_view_and_others_are_not) {
    revocations all;
    revocations::view first(all), second(all);
    auto const gone = somebody(), stays = somebody();
    all.update({});
    BOOST_TEST(!first.revoked(gone));
    all.update({{.id = new_id(), .family_id = gone.family_id}});
    BOOST_TEST(first.revoked(gone));
    BOOST_TEST(second.revoked(gone));
    BOOST_TEST(!first.revoked(stays));
}

BOOST_AUTO_TEST_CASE(a_raised_epoch_ends_older_tokens_and_spares_newer_ones) {
    revocations all;
    revocations::view view(all);
    auto who = somebody(5);
    all.update({{.id = new_id(), .user_id = who.user_id, .least_epoch = 6},
                {.id = new_id(), .user_id = who.user_id, .least_epoch = 4}});
    BOOST_TEST(view.revoked(who));
    who.epoch = 6;
    BOOST_TEST(!view.revoked(who));
}

BOOST_AUTO_TEST_CASE(what_this_replica_revoked_outlives_a_snapshot_read_before_it) {
    revocations all;
    revocations::view view(all);
    auto const who = somebody();
    all.update({});
    all.add({.id = new_id(), .family_id = who.family_id});
    BOOST_TEST(view.revoked(who));
    all.update({});
    BOOST_TEST(view.revoked(who));
}

BOOST_AUTO_TEST_CASE(a_revocation_that_expired_in_postgresql_is_forgotten) {
    revocations all;
    revocations::view view(all);
    auto const who = somebody();
    all.update({{.id = new_id(), .family_id = who.family_id}});
    all.update({});
    BOOST_TEST(!view.revoked(who));
    BOOST_TEST(all.size() == 0u);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vanna::auth
