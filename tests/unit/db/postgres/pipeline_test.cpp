#include "db/postgres/pipeline.hpp"

#include <boost/test/unit_test.hpp>

#include "db/postgres/request.hpp"

namespace vanna::postgres {

namespace {

constexpr statement any{"any", "select 1"};
params const none;

struct requests {
    request a{any, none, purpose::read, {}};
    request b{any, none, purpose::read, {}};
    request c{any, none, purpose::write, {}};
};

using enum pipeline::step::what;

}  // namespace

BOOST_FIXTURE_TEST_SUITE(pipeline_order, requests)

BOOST_AUTO_TEST_CASE(replies_go_to_requests_in_the_order_of_sending) {
    pipeline p;
    p.sent(purpose::read, &a, 1);
    p.sent(purpose::read, &b, 1);
    p.sync_sent(1);
    auto step = p.received(reply::result);
    BOOST_TEST((step.action == deliver && step.whose == &a));
    BOOST_TEST((p.received(reply::end_of_command).action == nothing));
    step = p.received(reply::result);
    BOOST_TEST((step.action == deliver && step.whose == &b));
    BOOST_TEST((p.received(reply::end_of_command).action == nothing));
    BOOST_TEST((p.received(reply::sync).action == nothing));
    BOOST_TEST(p.empty());
}

BOOST_AUTO_TEST_CASE(only_commands_since_the_last_sync_need_one) {
    pipeline p;
    BOOST_TEST(!p.needs_sync());
    p.sent(purpose::read, &a, 1);
    BOOST_TEST(p.needs_sync());
    p.sync_sent(1);
    BOOST_TEST(!p.needs_sync());
    BOOST_TEST(p.requests() == 1u);
}

BOOST_AUTO_TEST_CASE(the_reply_of_an_abandoned_request_is_dropped_and_the_next_gets_its_own) {
    pipeline p;
    auto const place = p.sent(purpose::read, &a, 1);
    p.sent(purpose::read, &b, 1);
    p.sync_sent(1);
    p.abandon(place);
    BOOST_TEST((p.received(reply::result).action == drop));
    p.received(reply::end_of_command);
    auto const step = p.received(reply::result);
    BOOST_TEST((step.action == deliver && step.whose == &b));
}

BOOST_AUTO_TEST_CASE(abandoning_what_was_answered_or_never_sent_changes_nothing) {
    pipeline p;
    auto const place = p.sent(purpose::read, &a, 1);
    p.sync_sent(1);
    p.received(reply::result);
    p.received(reply::end_of_command);
    p.received(reply::sync);
    p.abandon(place);
    p.abandon(0);
    p.abandon(99);
    p.sent(purpose::read, &b, 1);
    BOOST_TEST((p.received(reply::result).whose == &b));
}

BOOST_AUTO_TEST_CASE(reads_aborted_by_a_failure_before_them_are_sent_again_but_abandoned_ones_are_not) {
    pipeline p;
    p.sent(purpose::read, &a, 1);
    p.sent(purpose::read, &b, 1);
    auto const place = p.sent(purpose::read, &c, 1);
    p.sync_sent(1);
    p.abandon(place);
    BOOST_TEST((p.received(reply::result).whose == &a));  // the failure itself
    p.received(reply::end_of_command);
    auto const step = p.received(reply::aborted);
    BOOST_TEST((step.action == again && step.whose == &b));
    p.received(reply::end_of_command);
    BOOST_TEST((p.received(reply::aborted).action == drop));
    p.received(reply::end_of_command);
    p.received(reply::sync);
    BOOST_TEST(p.empty());
}

BOOST_AUTO_TEST_CASE(an_aborted_write_is_delivered_as_a_failure_never_sent_again) {
    pipeline p;
    p.sent(purpose::write, &c, 1);
    p.sync_sent(1);
    auto const step = p.received(reply::aborted);
    BOOST_TEST((step.action == deliver && step.whose == &c));
}

BOOST_AUTO_TEST_CASE(preparing_is_reported_though_nobody_waits_for_it) {
    pipeline p;
    p.sent(purpose::prepare, nullptr, 1);
    p.sync_sent(1);
    BOOST_TEST(p.requests() == 0u);
    auto const step = p.received(reply::result);
    BOOST_TEST((step.action == deliver && step.kind == purpose::prepare && !step.whose));
}

BOOST_AUTO_TEST_CASE(replies_that_are_not_due_are_noticed) {
    pipeline p;
    BOOST_TEST((p.received(reply::result).action == confused));
    p.sent(purpose::read, &a, 1);
    BOOST_TEST((p.received(reply::sync).action == confused));
    BOOST_TEST((p.received(reply::end_of_command).action == confused));
    p.received(reply::result);
    BOOST_TEST((p.received(reply::result).action == confused));
    p.received(reply::end_of_command);
    p.sync_sent(1);
    BOOST_TEST((p.received(reply::result).action == confused));
}

BOOST_AUTO_TEST_CASE(places_stay_valid_while_the_queue_moves_and_after_it_was_cleared) {
    pipeline p;
    for (int round = 0; round < 1000; ++round) {
        p.sent(purpose::read, &a, 1);
        auto const second = p.sent(purpose::read, &b, 1);
        p.sync_sent(1);
        p.received(reply::result);
        p.received(reply::end_of_command);
        p.abandon(second);
        BOOST_REQUIRE((p.received(reply::result).action == drop));
        p.received(reply::end_of_command);
        p.received(reply::sync);
    }
    auto const lost = p.sent(purpose::read, &a, 1);
    p.clear();
    p.sent(purpose::read, &b, 2);
    p.abandon(lost);
    BOOST_TEST(p.oldest() == 2u);
    BOOST_TEST((p.received(reply::result).whose == &b));
}

BOOST_AUTO_TEST_CASE(those_still_waiting_are_told_when_the_connection_is_lost) {
    pipeline p;
    p.sent(purpose::read, &a, 1);
    p.sent(purpose::read, &b, 1);
    p.sync_sent(1);
    p.received(reply::result);
    std::vector<request*> waiting;
    p.for_each_waiting([&](request& r) { waiting.push_back(&r); });
    BOOST_TEST((waiting == std::vector<request*>{&b}));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vanna::postgres
