// A moment of the System DB that other programs can read: what was counted in it is what they see.
#include "db/postgres/snapshot.hpp"

#include "tests/unit/stores/migrated_database.hpp"

namespace vanna::postgres {
namespace {

using namespace test;

constexpr char add_user[] =
    "insert into users (id, email, password_hash, role) values (gen_random_uuid(), gen_random_uuid()::text, "
    "'h', 'viewer')";

}  // namespace

BOOST_AUTO_TEST_SUITE(snapshot)

BOOST_FIXTURE_TEST_CASE(another_session_sees_the_counted_rows_and_no_later_ones, migrated_database) {
    run(add_user);
    run("insert into target_state (target, version, origin, size, revision) values ('default', 'abc', "
        "'source', 7, 3); insert into knowledge_state (target, collection, fingerprint, revision) values "
        "('default', 'c_2', 'builtin', 2)");
    run_coroutine([&]() -> awaitable<void> {
        auto const taken = co_await export_snapshot(where(), after(5s));
        BOOST_REQUIRE_MESSAGE(taken, taken.error().message << taken.error().detail);
        auto const& moment = **taken;
        run(add_user);
        BOOST_TEST(moment.rows.at("users") == 1);
        BOOST_TEST(moment.rows.at("audit_logs") == 0);
        BOOST_TEST(moment.rows.count("refresh_tokens") == 0u);
        BOOST_TEST(moment.server_version >= 150000);
        BOOST_TEST(moment.migration >= "0005_jobs.sql");
        BOOST_TEST((moment.target.version == "abc" && moment.target.origin == "source"));
        BOOST_TEST((moment.target.size == 7u && moment.target.revision == 3));
        BOOST_TEST((moment.knowledge.collection == "c_2" && moment.knowledge.revision == 2));

        auto other = co_await session::open(where(), after(5s));
        BOOST_TEST(
            bool(co_await (*other)->script("begin isolation level repeatable read read only; set "
                                           "transaction snapshot '" +
                                               moment.id() + "'",
                                           after(5s))));
        auto const seen = co_await count_rows(**other, after(5s));
        BOOST_REQUIRE(seen);
        BOOST_TEST((*seen == moment.rows));
        auto const now = co_await count_rows(where(), after(5s));
        BOOST_REQUIRE(now);
        BOOST_TEST(now->at("users") == 2);
    });
}

BOOST_FIXTURE_TEST_CASE(the_moment_ends_with_its_object, migrated_database) {
    run_coroutine([&]() -> awaitable<void> {
        auto taken = co_await export_snapshot(where(), after(5s));
        BOOST_REQUIRE(taken);
        auto const id = (*taken)->id();
        taken->reset();
        bool gone = false;
        for (int i = 0; i < 200 && !gone; ++i) {
            auto other = co_await session::open(where(), after(5s));
            gone = !co_await (*other)->script(
                "begin isolation level repeatable read; set transaction snapshot '" + id + "'", after(5s));
        }
        BOOST_TEST(gone);
    });
}

BOOST_FIXTURE_TEST_CASE(a_table_of_a_later_release_is_not_counted, migrated_database) {
    run("drop table schedules");
    run_coroutine([&]() -> awaitable<void> {
        auto const seen = co_await count_rows(where(), after(5s));
        BOOST_REQUIRE(seen);
        BOOST_TEST(seen->count("schedules") == 0u);
        BOOST_TEST(seen->at("users") == 0);
    });
}

BOOST_FIXTURE_TEST_CASE(a_database_without_migrations_has_no_moment_to_export, scratch_database) {
    run_coroutine([&]() -> awaitable<void> {
        auto const taken = co_await export_snapshot(where(), after(5s));
        BOOST_REQUIRE(!taken);
        BOOST_TEST(taken.error().message.find("vanna-engine init") != std::string::npos,
                   taken.error().message);
    });
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vanna::postgres
