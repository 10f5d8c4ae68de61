// What replicas agree on: one moment's snapshot, moves that meet, and a watch that misses nothing for longer
// than a second (the tests allow ten, and look at the best of several).
#include "db/postgres/replica_watch.hpp"
#include "tests/unit/stores/migrated_database.hpp"

namespace vanna::postgres {
namespace {

using namespace test;

// A watch whose snapshots a test can wait for.
struct watched {
    pool& on;
    asio::steady_timer changed{on.executor()};
    replica::snapshot last;
    int count = 0;
    replica_watch watch{on, [this](replica::snapshot s) {
                            last = std::move(s);
                            ++count;
                            changed.cancel();
                        }};

    template <class F>
    awaitable<std::chrono::milliseconds> until(F condition, std::chrono::milliseconds most) {
        auto const began = std::chrono::steady_clock::now();
        while (!condition() && std::chrono::steady_clock::now() - began < most) {
            changed.expires_at(began + most);
            co_await changed.async_wait(asio::as_tuple(asio::use_awaitable));
        }
        BOOST_TEST(condition());
        co_return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() -
                                                                        began);
    }
    awaitable<void> until_listening() {
        while (!watch.is_listening()) {
            asio::steady_timer turn(on.executor(), 5ms);
            co_await turn.async_wait(asio::use_awaitable);
        }
    }
};

constexpr char revoke[] =
    "insert into revocations (id, family_id, expires_at) values (gen_random_uuid(), gen_random_uuid(), now() "
    "+ "
    "interval '1 hour')";

}  // namespace

BOOST_FIXTURE_TEST_SUITE(replica_store, migrated_database)

BOOST_AUTO_TEST_CASE(a_snapshot_of_an_empty_database_is_empty_and_of_a_full_one_complete) {
    with_pool(*this, [this](pool& p) -> awaitable<void> {
        auto const s = create_replica_store(p);
        auto const empty = co_await s->read(after(5s));
        BOOST_REQUIRE_MESSAGE(empty, empty.error().detail);
        BOOST_TEST(empty->revocations.empty());
        BOOST_TEST(empty->target.version.empty());
        BOOST_TEST(!empty->maintenance.active);

        auto other = co_await session::open(where(), after(5s));
        co_await (*other)->script(
            std::string(revoke) +
                "; insert into revocations (id, user_id, least_epoch, expires_at) values (gen_random_uuid(), "
                "gen_random_uuid(), 7, now() - interval '1 s'); select 1",
            after(5s));
        auto const restore = new_id();
        auto const query = new_id(), by = new_id();
        BOOST_TEST(bool(co_await s->request_cancel({query, by, true}, after(5s))));
        BOOST_TEST(bool(co_await s->put_configuration({"QUERY_MAX_ROWS", "5", "d", false, {}}, after(5s))));
        BOOST_TEST(bool(co_await s->set_maintenance({true, "restore", restore}, after(5s))));
        auto const full = co_await s->read(after(5s));
        BOOST_REQUIRE(full);
        BOOST_REQUIRE(full->revocations.size() == 1u);
        BOOST_TEST(bool(full->revocations[0].family_id));
        BOOST_TEST((full->revocations[0].expires_at > now() + 59min));
        BOOST_REQUIRE(full->cancellations.size() == 1u);
        BOOST_TEST((full->cancellations[0].query_id == query && full->cancellations[0].by_admin));
        BOOST_REQUIRE(full->configuration.size() == 1u);
        BOOST_TEST(full->configuration[0].value == "5");
        BOOST_TEST((std::chrono::abs(full->configuration[0].updated_at - now()) < 1min));
        BOOST_TEST((full->maintenance.active && full->maintenance.reason == "restore"));
        BOOST_TEST((full->maintenance.holder == restore));
        BOOST_TEST(bool(co_await s->set_maintenance({false, "", restore}, after(5s))));
        BOOST_TEST(bool(co_await s->remove_configuration("QUERY_MAX_ROWS", after(5s))));
        BOOST_TEST(((co_await s->remove_configuration("QUERY_MAX_ROWS", after(5s))).error().code ==
                    errc::not_found));
    });
}

BOOST_AUTO_TEST_CASE(maintenance_is_ended_by_whoever_holds_it_alone) {
    with_pool(*this, [](pool& p) -> awaitable<void> {
        auto const s = create_replica_store(p);
        auto const one = new_id(), other = new_id();
        BOOST_TEST(bool(co_await s->set_maintenance({false, "", other}, after(5s))), "it is off already");
        BOOST_TEST(bool(co_await s->set_maintenance({true, "restoring a", one}, after(5s))));
        BOOST_TEST(bool(co_await s->set_maintenance({true, "restoring b", one}, after(5s))));
        for (bool active : {true, false}) {
            auto const refused = co_await s->set_maintenance({active, "mine", other}, after(5s));
            BOOST_REQUIRE(!refused);
            BOOST_TEST((refused.error().code == errc::conflict));
        }
        BOOST_TEST((co_await s->read(after(5s)))->maintenance.reason == "restoring b");
        BOOST_TEST(bool(co_await s->set_maintenance({false, "", one}, after(5s))));
        auto const ended = (co_await s->read(after(5s)))->maintenance;
        BOOST_TEST((!ended.active && ended.reason.empty() && ended.holder.is_nil()));
        BOOST_TEST(bool(co_await s->set_maintenance({true, "mine", other}, after(5s))));
    });
}

BOOST_AUTO_TEST_CASE(cancellations_of_one_user_are_bounded_and_an_administrators_stands) {
    with_pool(*this, [](pool& p) -> awaitable<void> {
        auto const s = create_replica_store(p);
        auto const ann = new_id(), admin = new_id(), wanted = new_id();
        BOOST_TEST(bool(co_await s->request_cancel({wanted, admin, true}, after(5s))));
        BOOST_TEST(bool(co_await s->request_cancel({wanted, ann, false}, after(5s))));
        auto const first = (co_await s->read(after(5s))).value().cancellations;
        BOOST_REQUIRE(first.size() == 1u);
        BOOST_TEST((first[0].requested_by == admin && first[0].by_admin));
        int taken = 0;
        for (int i = 0; i < 70; ++i) {
            auto const ok = co_await s->request_cancel({new_id(), ann, false}, after(5s));
            taken += bool(ok);
            if (!ok) BOOST_TEST((ok.error().code == errc::rate_limited));
        }
        BOOST_TEST(taken == 60);
        BOOST_TEST((co_await s->read(after(5s))).value().cancellations.size() == 61u);
        BOOST_TEST(bool(co_await s->request_cancel({new_id(), new_id(), false}, after(5s))),
                   "others have a limit of their own");
    });
}

BOOST_AUTO_TEST_CASE(of_moves_that_meet_one_succeeds) {
    with_pool(*this, [](pool& p) -> awaitable<void> {
        auto const s = create_replica_store(p);
        for (std::int64_t revision = 0; revision < 3; ++revision) {
            int moved = 0, conflicts = 0;
            co_await side_by_side(8, [&](std::size_t i) -> awaitable<void> {
                auto const outcome =
                    co_await s->move_target({"v" + std::to_string(i), "source", 1, 0}, revision, after(5s));
                moved += outcome && outcome->revision == revision + 1;
                conflicts += !outcome && outcome.error().code == errc::conflict;
            });
            BOOST_TEST(moved == 1);
            BOOST_TEST(conflicts == 7);
        }
        BOOST_TEST(!(co_await s->move_knowledge({"c", "f", "s", 0}, 3, after(5s))));
        BOOST_TEST((co_await s->move_knowledge({"c", "f", "s", 0}, 0, after(5s)))->revision == 1);
        auto const all = co_await s->read(after(5s));
        BOOST_TEST(all->target.revision == 3);
        BOOST_TEST(all->knowledge.collection == "c");
    });
}

BOOST_AUTO_TEST_CASE(a_schema_is_recorded_only_when_it_differs_from_the_newest) {
    with_pool(*this, [](pool& p) -> awaitable<void> {
        auto const s = create_replica_store(p);
        boost::json::value const a{{"tables", {"x"}}}, b{{"tables", {"x", std::string_view("y\0", 2)}}};
        int recorded = 0;
        co_await side_by_side(5, [&](std::size_t) -> awaitable<void> {
            auto const outcome = co_await s->record_schema("default", "v1", a, nullptr, after(5s));
            BOOST_REQUIRE_MESSAGE(outcome, outcome.error().detail);
            recorded += *outcome;
        });
        BOOST_TEST(recorded == 1);
        BOOST_TEST((co_await s->record_schema("default", "v2", b, {{"added", {"y"}}}, after(5s))).value());
        BOOST_TEST(!(co_await s->record_schema("default", "v2", b, nullptr, after(5s))).value());
        BOOST_TEST((co_await s->record_schema("default", "v1", a, nullptr, after(5s))).value());
        auto const newest = co_await s->schema_versions("default", {.limit = 2}, after(5s));
        BOOST_REQUIRE(newest->items.size() == 2u);
        BOOST_TEST(newest->items[0].version == "v1");
        BOOST_TEST(newest->items[1].difference.at("added").as_array().size() == 1u);
        auto const rest =
            co_await s->schema_versions("default", {.limit = 2, .before = newest->next}, after(5s));
        BOOST_REQUIRE(rest->items.size() == 1u);
        BOOST_TEST(!rest->next);
    });
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(watch, migrated_database)

BOOST_AUTO_TEST_CASE(an_announced_change_arrives_before_the_next_poll) {
    with_pool(*this, [this](pool& p) -> awaitable<void> {
        watched w{p};
        BOOST_REQUIRE(co_await w.watch.start(after(5s)));
        BOOST_TEST(w.count == 1);
        co_await w.until_listening();
        auto other = co_await session::open(where(), after(5s));
        std::chrono::milliseconds fastest = 1h;
        for (std::size_t n = 1; n <= 5; ++n) {
            co_await (*other)->script(revoke, after(5s));
            fastest =
                std::min(fastest, co_await w.until([&] { return w.last.revocations.size() == n; }, 10s));
        }
        BOOST_TEST(fastest.count() < 100);
        BOOST_TEST((w.watch.age() < 10s));
        co_await w.watch.stop();
    });
}

BOOST_AUTO_TEST_CASE(a_change_whose_announcement_is_lost_arrives_within_a_second) {
    run("drop trigger announce on revocations");
    with_pool(*this, [this](pool& p) -> awaitable<void> {
        watched w{p};
        BOOST_REQUIRE(co_await w.watch.start(after(5s)));
        co_await w.until_listening();
        auto other = co_await session::open(where(), after(5s));
        std::chrono::milliseconds fastest = 1h;
        for (std::size_t n = 1; n <= 3; ++n) {
            co_await (*other)->script(revoke, after(5s));
            fastest =
                std::min(fastest, co_await w.until([&] { return w.last.revocations.size() == n; }, 10s));
        }
        BOOST_TEST(fastest.count() < 1000);
        co_await (*other)->script("delete from revocations", after(5s));
        co_await w.until([&] { return w.last.revocations.empty(); }, 10s);
        BOOST_TEST(w.watch.announcements() == 0u);
        co_await w.watch.stop();
    });
}

BOOST_AUTO_TEST_CASE(without_changes_nothing_is_handed_over) {
    with_pool(*this, [](pool& p) -> awaitable<void> {
        watched w{p};
        BOOST_REQUIRE(co_await w.watch.start(after(5s)));
        co_await w.until_listening();
        asio::steady_timer turn(p.executor(), 1200ms);
        co_await turn.async_wait(asio::use_awaitable);
        BOOST_TEST(w.count == 1);
        BOOST_TEST((w.watch.age() < 10s));
        co_await w.watch.stop();
    });
}

BOOST_AUTO_TEST_CASE(after_every_connection_was_killed_it_listens_again_and_has_missed_nothing) {
    with_pool(*this, [this](pool& p) -> awaitable<void> {
        watched w{p};
        BOOST_REQUIRE(co_await w.watch.start(after(5s)));
        auto other = co_await session::open(where(), after(5s));
        for (std::size_t n = 1; n <= 3; ++n) {
            co_await w.until_listening();
            co_await (*other)->script(
                "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() "
                "and pid "
                "<> pg_backend_pid(); " +
                    std::string(revoke),
                after(5s));
            co_await w.until([&] { return w.last.revocations.size() == n; }, 10s);
        }
        co_await w.watch.stop();
    });
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vanna::postgres
