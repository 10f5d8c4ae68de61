// Conversations in PostgreSQL: whose they are, what was asked in them, and what becomes of them.
#include "core/ask/conversations.hpp"

#include "db/postgres/housekeeping.hpp"
#include "tests/unit/stores/migrated_database.hpp"

namespace vanna::postgres {
namespace {

using namespace test;

struct with_talks : migrated_database {
    auth::user ann = some_user("ann@example.com"), bob = some_user("bob@example.com");

    template <class F>
    void with_stores(F body) {
        with_pool(*this, [&](pool& p) -> awaitable<void> {
            auto const users = create_user_store(p, 1h);
            co_await users->create(ann, after(5s));
            co_await users->create(bob, after(5s));
            auto const talks = create_conversation_store(p);
            auto const history = create_query_store(p);
            co_await body(*talks, *history, p);
        });
    }
};

query::record turn(auth::user const& by, uuid in, std::string question,
                   query::status status = query::status::success) {
    return {.id = new_id(),
            .user_id = by.id,
            .email = by.email,
            .conversation_id = in,
            .target = "default",
            .action = "query.ask",
            .question = question,
            .sql = "select '" + question + "'",
            .status = status,
            .created_at = now(),
            .executed_at = now()};
}

// Of an hour ago.
uuid old_id() {
    auto id = new_id();
    auto const ms = std::uint64_t(
        std::chrono::duration_cast<std::chrono::milliseconds>((now() - 1h).time_since_epoch()).count());
    for (std::size_t i = 0; i < 6; ++i)
        id.bytes[i] = std::uint8_t(ms >> (8 * (5 - i)));
    return id;
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(conversation_store, with_talks)

BOOST_AUTO_TEST_CASE(the_last_answered_turns_come_back_newest_first_to_their_user_alone) {
    with_stores([this](ask::conversation_store& s, query::store& history, pool&) -> awaitable<void> {
        auto const id = new_id();
        BOOST_TEST(((co_await s.turns(id, ann.id, 6, after(5s))).error().code == errc::not_found));
        BOOST_REQUIRE(co_await s.touch({.id = id, .user_id = ann.id, .title = "first"}, after(5s)));
        BOOST_TEST((co_await s.turns(id, ann.id, 6, after(5s))).value().empty());
        for (auto const* question : {"one", "two", "three"})
            BOOST_REQUIRE(co_await history.commit({turn(ann, id, question)}, after(5s)));
        auto plain = turn(ann, id, "");
        BOOST_REQUIRE(co_await history.commit(
            {turn(ann, id, "failed", query::status::error), plain, turn(ann, new_id(), "elsewhere")},
            after(5s)));
        auto const found = (co_await s.turns(id, ann.id, 2, after(5s))).value();
        BOOST_REQUIRE(found.size() == 2u);
        BOOST_TEST(found[0].question == "three");
        BOOST_TEST(found[0].sql == "select 'three'");
        BOOST_TEST(found[1].question == "two");
        BOOST_TEST(((co_await s.turns(id, bob.id, 6, after(5s))).error().code == errc::not_found));
        BOOST_TEST(((co_await s.get(id, bob.id, after(5s))).error().code == errc::not_found));
        BOOST_TEST(
            ((co_await s.touch({.id = id, .user_id = bob.id}, after(5s))).error().code == errc::not_found));
        BOOST_TEST(((co_await s.remove(id, bob.id, after(5s))).error().code == errc::not_found));
        BOOST_REQUIRE(co_await s.touch({.id = id, .user_id = ann.id, .title = "later"}, after(5s)));
        BOOST_TEST((co_await s.get(id, ann.id, after(5s))).value().title == "first");
        auto const listed = co_await history.list({.user_id = ann.id, .conversation_id = id}, {}, after(5s));
        BOOST_TEST(listed->items.size() == 5u);
    });
}

BOOST_AUTO_TEST_CASE(nobody_writes_into_the_conversation_of_another) {
    with_stores([this](ask::conversation_store& s, query::store& history, pool&) -> awaitable<void> {
        auto const id = new_id();
        BOOST_REQUIRE(co_await s.touch({.id = id, .user_id = ann.id}, after(5s)));
        auto const intruding = turn(bob, id, "intruding");
        BOOST_REQUIRE(co_await history.commit({turn(ann, id, "own"), intruding}, after(5s)));
        BOOST_TEST(!(co_await history.get(intruding.id, after(5s)))->conversation_id);
        BOOST_TEST((co_await s.turns(id, ann.id, 6, after(5s))).value().size() == 1u);
        auto const both = new_id();
        BOOST_REQUIRE(co_await history.commit({turn(ann, both, "a"), turn(bob, both, "b")}, after(5s)));
    });
    BOOST_TEST(ask("select count(*) from conversations") == "2");
    BOOST_TEST(ask("select count(*) from queries q join conversations c on c.id = q.conversation_id where "
                   "c.user_id <> q.user_id") == "0");
}

BOOST_AUTO_TEST_CASE(what_was_asked_while_postgresql_was_away_begins_its_conversation_when_it_is_committed) {
    with_stores([this](ask::conversation_store& s, query::store& history, pool&) -> awaitable<void> {
        auto const fresh = new_id(), stale = old_id();
        auto const of_nobody = turn(some_user("ghost@example.com"), new_id(), "ghost");
        auto const unknown = turn(ann, stale, "unknown");
        co_await side_by_side(4, [&](std::size_t i) -> awaitable<void> {
            BOOST_TEST(bool(co_await history.commit(
                {turn(ann, fresh, "Why " + std::to_string(i)), turn(ann, fresh, "And " + std::to_string(i))},
                after(10s))));
        });
        BOOST_REQUIRE(co_await history.commit({unknown, of_nobody}, after(5s)));
        BOOST_TEST((co_await s.get(fresh, ann.id, after(5s))).value().title.starts_with("Why"));
        BOOST_TEST((co_await s.turns(fresh, ann.id, 20, after(5s))).value().size() == 8u);
        BOOST_TEST(((co_await s.get(stale, ann.id, after(5s))).error().code == errc::not_found));
        BOOST_TEST(!(co_await history.get(unknown.id, after(5s)))->conversation_id);
    });
    BOOST_TEST(ask("select count(*) from conversations") == "1");
}

BOOST_AUTO_TEST_CASE(the_earliest_question_is_the_title_whichever_workers_records_come_first) {
    with_stores([this](ask::conversation_store& s, query::store& history, pool&) -> awaitable<void> {
        auto const id = new_id();
        auto const first = turn(ann, id, "How many are there?");
        auto second = turn(ann, id, "and by region?"), third = turn(ann, id, "and by year?");
        second.created_at += 1s;
        third.created_at += 2s;
        for (auto const& each : {second, first, third})
            BOOST_REQUIRE(co_await history.commit({each}, after(5s)));
        BOOST_TEST((co_await s.get(id, ann.id, after(5s))).value().title == "How many are there?");
    });
}

BOOST_AUTO_TEST_CASE(they_come_in_pages_and_leave_their_queries_when_they_go) {
    with_stores([this](ask::conversation_store& s, query::store& history, pool& p) -> awaitable<void> {
        std::vector<uuid> ids;
        for (int i = 0; i < 3; ++i) {
            ids.push_back(new_id());
            BOOST_REQUIRE(co_await s.touch({.id = ids.back(), .user_id = ann.id}, after(5s)));
        }
        BOOST_REQUIRE(co_await s.touch({.id = new_id(), .user_id = bob.id}, after(5s)));
        auto const first = (co_await s.list(ann.id, {.limit = 2}, after(5s))).value();
        BOOST_REQUIRE(first.items.size() == 2u);
        BOOST_TEST((first.items[0].id == ids[2]));
        auto const rest = (co_await s.list(ann.id, {.limit = 2, .before = first.next}, after(5s))).value();
        BOOST_REQUIRE(rest.items.size() == 1u);
        BOOST_TEST((rest.items[0].id == ids[0] && !rest.next));
        auto const asked = turn(ann, ids[0], "one");
        BOOST_REQUIRE(co_await history.commit({asked}, after(5s)));
        BOOST_TEST(bool(co_await s.remove(ids[0], ann.id, after(5s))));
        BOOST_TEST(((co_await s.remove(ids[0], ann.id, after(5s))).error().code == errc::not_found));
        BOOST_TEST(!(co_await history.get(asked.id, after(5s)))->conversation_id);
        run("update conversations set updated_at = now() - interval '91 days' where id = '" +
            to_string(ids[1]) + "'");
        BOOST_REQUIRE(co_await keep_house(
            p, {.queries = std::chrono::days(90), .audit = std::chrono::days(365)}, after(20s)));
        BOOST_TEST(((co_await s.get(ids[1], ann.id, after(5s))).error().code == errc::not_found));
        BOOST_TEST(bool(co_await s.get(ids[2], ann.id, after(5s))));
    });
    BOOST_TEST(ask("select changes->>'rows' from audit_logs where action = 'retention.conversations'") ==
               "1");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vanna::postgres
