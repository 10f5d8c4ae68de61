// The record of a query in PostgreSQL: exactly once, whatever is replayed and whoever took the id.
#include "tests/unit/stores/migrated_database.hpp"

namespace vanna::postgres {
namespace {

using namespace test;

query::record record_of(auth::user const& by, uuid id = new_id()) {
    return {.id = id,
            .user_id = by.id,
            .email = by.email,
            .target = "default",
            .action = "query.run",
            .sql = "select 1",
            .status = query::status::success,
            .result_count = 3,
            .duration_us = 1234,
            .target_version = "abc",
            .created_at = now(),
            .executed_at = now(),
            .request_id = "req",
            .ip = "127.0.0.1"};
}

struct with_history : migrated_database {
    auth::user ann = some_user("ann@example.com"), bob = some_user("bob@example.com");

    template <class F>
    void with_store(F body) {
        with_pool(*this, [&](pool& p) -> awaitable<void> {
            auto const users = create_user_store(p, 1h);
            co_await users->create(ann, after(5s));
            co_await users->create(bob, after(5s));
            auto const store = create_query_store(p);
            co_await body(*store, p);
        });
    }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(query_store, with_history)

BOOST_AUTO_TEST_CASE(a_record_comes_back_whole) {
    with_store([this](query::store& s, pool&) -> awaitable<void> {
        auto r = record_of(ann);
        r.question = "How many \"customers\" \\ in Köln?\n";
        r.params = R"([1,"a"])";
        r.generator = "builtin";
        r.conversation_id = new_id();
        r.error = "none";
        r.truncated = r.cached = true;
        BOOST_TEST((co_await s.commit({r}, after(5s))).value() == 1u);
        auto const back = co_await s.get(r.id, after(5s));
        BOOST_REQUIRE(back);
        BOOST_TEST(
            (back->key == r.key && back->user_id == ann.id && back->conversation_id == r.conversation_id));
        BOOST_TEST(back->email == ann.email);
        BOOST_TEST(back->question == r.question);
        BOOST_TEST(back->params == r.params);
        BOOST_TEST(back->duration_us == 1234);
        BOOST_TEST((back->truncated && back->cached && back->status == r.status));
        BOOST_TEST((back->executed_at == r.executed_at));
        BOOST_TEST((co_await s.exists(r.id, after(5s))).value());
        BOOST_TEST(!(co_await s.exists(new_id(), after(5s))).value());
        BOOST_TEST(((co_await s.get(new_id(), after(5s))).error().code == errc::not_found));
    });
    BOOST_TEST(
        ask("select concat_ws(' ', a.action, a.status, a.resource = 'queries/' || q.id) from audit_logs a, "
            "queries q") == "query.run success t");
    BOOST_TEST(
        ask("select u.last_query_at = q.executed_at from users u join queries q on q.user_id = u.id") == "t");
}

BOOST_AUTO_TEST_CASE(a_batch_replayed_any_number_of_times_is_stored_once) {
    with_store([this](query::store& s, pool&) -> awaitable<void> {
        std::vector<query::record> batch;
        for (int i = 0; i < 50; ++i)
            batch.push_back(record_of(i % 2 ? ann : bob));
        batch[7].audit = audit::entry{.action = "extra"};
        std::size_t fresh = 0;
        co_await side_by_side(6, [&](std::size_t) -> awaitable<void> {
            auto const stored = co_await s.commit(batch, after(10s));
            BOOST_TEST(bool(stored), (stored ? "" : stored.error().detail));
            if (stored) fresh += *stored;
        });
        BOOST_TEST(fresh == 50u);
        BOOST_TEST((co_await s.commit(batch, after(5s))).value() == 0u);
    });
    BOOST_TEST(ask("select count(*) from queries") == "50");
    BOOST_TEST(ask("select count(*) from audit_logs where action = 'query.run'") == "50");
    BOOST_TEST(ask("select count(*) from audit_logs where action = 'extra'") == "1");
    BOOST_TEST(ask("select count(*) from audit_logs where action = 'query.id-taken'") == "0");
}

BOOST_AUTO_TEST_CASE(another_record_under_a_taken_id_is_kept_under_its_own_key_and_audited_once) {
    auto const id = new_id();
    with_store([&](query::store& s, pool&) -> awaitable<void> {
        auto const first = record_of(ann, id), second = record_of(bob, id), third = record_of(bob, id);
        BOOST_TEST((co_await s.commit({first}, after(5s))).value() == 1u);
        for (int replay = 0; replay < 3; ++replay)
            BOOST_TEST((co_await s.commit({second, first, third}, after(5s))).value() == (replay ? 0u : 2u));
        BOOST_TEST(((co_await s.get(id, after(5s)))->key == first.key));
        BOOST_TEST(((co_await s.get(second.key, after(5s)))->user_id == bob.id));
        BOOST_TEST(bool(co_await s.get(third.key, after(5s))));
    });
    BOOST_TEST(ask("select count(*) from queries") == "3");
    BOOST_TEST(ask("select count(*) from audit_logs where action = 'query.id-taken'") == "2");
    BOOST_TEST(ask("select count(*) from audit_logs where action = 'query.run'") == "3");
}

BOOST_AUTO_TEST_CASE(one_id_twice_in_a_batch_and_on_two_workers_at_once_loses_no_record) {
    auto const id = new_id();
    with_store([&](query::store& s, pool&) -> awaitable<void> {
        co_await side_by_side(8, [&](std::size_t) -> awaitable<void> {
            auto const stored = co_await s.commit({record_of(ann, id), record_of(bob, id)}, after(10s));
            BOOST_TEST(bool(stored), (stored ? "" : stored.error().detail));
        });
    });
    BOOST_TEST(ask("select count(*) from queries") == "16");
    BOOST_TEST(ask("select count(*) from audit_logs where action = 'query.id-taken'") == "15");
}

BOOST_AUTO_TEST_CASE(a_user_who_is_gone_does_not_block_the_others) {
    with_store([&](query::store& s, pool&) -> awaitable<void> {
        auto const ghost = some_user("ghost@example.com");
        auto const orphan = record_of(ghost);
        BOOST_TEST((co_await s.commit({record_of(ann), orphan, record_of(bob)}, after(5s))).value() == 3u);
        auto const back = co_await s.get(orphan.id, after(5s));
        BOOST_REQUIRE(back);
        BOOST_TEST(back->user_id.is_nil());
    });
    BOOST_TEST(ask("select email from audit_logs where user_id not in (select id from users)") ==
               "ghost@example.com");
}

BOOST_AUTO_TEST_CASE(nothing_a_client_sends_makes_its_record_unstorable) {
    with_store([&](query::store& s, pool&) -> awaitable<void> {
        auto r = record_of(ann);
        r.sql = std::string("select '\0 \xff \xed\xa0\x80 \\u0000'", 20);
        r.question = std::string(1, '\0');
        r.params = "not json \x01\x1f\"";
        r.created_at = instant::max();
        r.executed_at = instant::min();
        r.duration_us = INT64_MAX;
        r.result_count = -1;
        r.id = *parse_uuid("ffffffff-ffff-4fff-bfff-ffffffffffff");
        r.audit = audit::entry{.action = "x",
                               .changes = {{std::string_view("k\0", 2), std::string_view("\0\xff", 2)}}};
        auto const stored = co_await s.commit({r, record_of(bob)}, after(5s));
        BOOST_REQUIRE_MESSAGE(stored, stored.error().detail);
        BOOST_TEST(*stored == 2u);
        auto const back = co_await s.get(r.id, after(5s));
        BOOST_REQUIRE_MESSAGE(back, back.error().detail);
        BOOST_TEST(back->params == r.params);
    });
}

BOOST_AUTO_TEST_CASE(workers_committing_for_the_same_users_at_once_do_not_deadlock) {
    with_store([&](query::store& s, pool&) -> awaitable<void> {
        std::size_t stored = 0;
        co_await side_by_side(40, [&](std::size_t i) -> awaitable<void> {
            std::vector<query::record> batch;
            for (std::size_t k = 0; k < 10; ++k)
                batch.push_back(record_of((i + k) % 2 ? ann : bob));
            auto const outcome = co_await s.commit(batch, after(10s));
            BOOST_TEST(bool(outcome), (outcome ? "" : outcome.error().detail));
            if (outcome) stored += *outcome;
        });
        BOOST_TEST(stored == 400u);
    });
}

BOOST_AUTO_TEST_CASE(history_is_the_callers_own_newest_first_by_status_in_pages) {
    with_store([&](query::store& s, pool&) -> awaitable<void> {
        std::vector<uuid> of_ann;
        for (int i = 0; i < 5; ++i) {
            auto r = record_of(ann);
            if (i == 2) r.status = query::status::refused;
            of_ann.push_back(r.id);
            co_await s.commit({r, record_of(bob)}, after(5s));
        }
        auto const first = co_await s.list({.user_id = ann.id}, {.limit = 3}, after(5s));
        BOOST_REQUIRE(first);
        BOOST_TEST(first->items.size() == 3u);
        BOOST_TEST((first->items[0].id == of_ann[4]));
        auto const rest =
            co_await s.list({.user_id = ann.id}, {.limit = 3, .before = first->next}, after(5s));
        BOOST_TEST(rest->items.size() == 2u);
        BOOST_TEST(!rest->next);
        BOOST_TEST((co_await s.list({}, {.limit = 200}, after(5s)))->items.size() == 10u);
        auto const refused = co_await s.list({.user_id = ann.id, .status = "refused"}, {}, after(5s));
        BOOST_REQUIRE(refused->items.size() == 1u);
        BOOST_TEST((refused->items[0].id == of_ann[2]));
    });
    BOOST_TEST(ask("select count(*) from audit_logs where status = 'denied'") == "1");
}

BOOST_AUTO_TEST_CASE(a_second_rating_replaces_the_first_and_unknown_queries_take_none) {
    with_store([&](query::store& s, pool&) -> awaitable<void> {
        auto const r = record_of(ann);
        co_await s.commit({r}, after(5s));
        auto const first = co_await s.give_feedback(
            {.query_id = r.id, .user_id = ann.id, .rating = 2, .comment = "no"}, after(5s));
        auto const second = co_await s.give_feedback(
            {.query_id = r.id, .user_id = ann.id, .rating = 5, .comment = "yes"}, after(5s));
        BOOST_REQUIRE(second);
        BOOST_TEST((first->id == second->id));
        auto const nowhere =
            co_await s.give_feedback({.query_id = new_id(), .user_id = ann.id, .rating = 5}, after(5s));
        BOOST_TEST((nowhere.error().code == errc::not_found));
        auto const wrong =
            co_await s.give_feedback({.query_id = r.id, .user_id = ann.id, .rating = 6}, after(5s));
        BOOST_TEST((wrong.error().code == errc::invalid_input));
    });
    BOOST_TEST(ask("select rating || comment from feedback") == "5yes");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(audit_store, migrated_database)

BOOST_AUTO_TEST_CASE(entries_are_stored_once_and_found_by_every_filter) {
    with_pool(*this, [](pool& p) -> awaitable<void> {
        auto const s = create_audit_store(p);
        auto const user = new_id();
        auto const start = now();
        std::vector<audit::entry> entries;
        for (int i = 0; i < 10; ++i)
            entries.push_back({.user_id = i % 2 ? std::optional(user) : std::nullopt,
                               .email = i % 2 ? "Ann@example.com" : "",
                               .action = i < 5 ? "auth.login" : "users.update",
                               .resource = "users/" + std::to_string(i),
                               .changes = {{"n", i}},
                               .status = i == 3 ? "failure" : "success"});
        entries[9].timestamp = start - 24h;
        for (int replay = 0; replay < 2; ++replay)
            BOOST_TEST(bool(co_await s->append(entries, after(5s))));
        auto const count = [&](audit::filter f) -> awaitable<std::size_t> {
            auto const found = co_await s->list(f, {.limit = 200}, after(5s));
            BOOST_REQUIRE_MESSAGE(found, found.error().detail);
            co_return found->items.size();
        };
        BOOST_TEST(co_await count({}) == 10u);
        BOOST_TEST(co_await count({.user_id = user}) == 5u);
        BOOST_TEST(co_await count({.email = "ann@EXAMPLE.com"}) == 5u);
        BOOST_TEST(co_await count({.action = "auth."}) == 5u);
        BOOST_TEST(co_await count({.action = "auth%"}) == 0u);
        BOOST_TEST(co_await count({.resource = "users/3", .status = "failure"}) == 1u);
        BOOST_TEST(co_await count({.from = start - 1s}) == 9u);
        BOOST_TEST(co_await count({.to = start - 1h}) == 1u);
        auto const page = co_await s->list({}, {.limit = 4}, after(5s));
        BOOST_TEST(page->items.size() == 4u);
        BOOST_TEST((page->items[0].id == entries[9].id));
        BOOST_TEST(page->items[0].changes.at("n").as_int64() == 9);
        BOOST_TEST(bool(page->next));
        BOOST_TEST(bool(co_await s->append({}, after(5s))));
    });
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vanna::postgres
