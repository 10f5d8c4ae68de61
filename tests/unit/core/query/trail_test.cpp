#include "core/query/trail.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <csignal>

#include "core/async/task_group.hpp"
#include "core/query/adoption.hpp"
#include "core/query/record_codec.hpp"
#include "tests/support/fake_history.hpp"
#include "tests/support/run_coroutine.hpp"
#include "tests/support/temporary_folder.hpp"

namespace vanna::query {
namespace {

using namespace std::chrono_literals;

struct fixture {
    test::temporary_folder root;
    work_pool files{"job", 1, 16};
    test::fake_history store;

    // Runs `body` beside the trail's own loop.
    void with_trail(auto body, spool_limits limits = {}, std::function<bool()> must_wait = {}) {
        auto folder = *spool_folder::create(root.path());
        test::run_coroutine([&]() -> awaitable<void> {
            auto executor = co_await asio::this_coro::executor;
            trail t(executor, folder, "0", store, files, limits, must_wait);
            task_group group(executor);
            group.spawn("trail", [&] { return t.run(); });
            co_await body(t);
            group.cancel();
            co_await group.wait();
        });
        files.join();
    }
    awaitable<void> until(auto condition) {
        asio::steady_timer timer(co_await asio::this_coro::executor);
        while (!condition()) {
            timer.expires_after(2ms);
            co_await timer.async_wait(asio::use_awaitable);
        }
    }
    std::string only_rejected_file() const {
        return std::filesystem::directory_iterator(root.path() + "/rejected")->path().string();
    }
};

// Processes that were killed after these appends.
void killed_process(std::string const& root, int records, std::string const& tail = "") {
    auto const child = fork();
    if (child == 0) {
        auto own = spool_folder::create(root);
        spool s(*own, "0", {.segment_bytes = 2000});
        for (int i = 0; i < records; ++i)
            (void)s.append(test::some_record(std::to_string(i)));
        if (!tail.empty()) append_to_file(own->segments().back(), tail);
        kill(getpid(), SIGKILL);
    }
    int status = 0;
    waitpid(child, &status, 0);
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(trail_of_records, fixture)

BOOST_AUTO_TEST_CASE(records_reach_the_store_together_within_50_ms) {
    with_trail([&](trail& t) -> awaitable<void> {
        auto const began = std::chrono::steady_clock::now();
        for (int i = 0; i < 100; ++i)
            BOOST_REQUIRE(t.append(test::some_record()));
        BOOST_TEST(t.counts().records == 100u);
        BOOST_TEST(t.counts().oldest_us > 0);
        co_await until([&] { return store.rows.size() == 100; });
        BOOST_TEST((std::chrono::steady_clock::now() - began < 2s));
        BOOST_TEST(store.commits == 1u);
        co_await until([&] { return t.counts().records == 0; });
        BOOST_TEST(t.counts().oldest_us == 0);
        BOOST_TEST(t.counts().committed == 100u);
    });
    BOOST_TEST(test::files_below(root.path()) == 0u);
}

BOOST_AUTO_TEST_CASE(many_records_go_in_bounded_batches) {
    with_trail([&](trail& t) -> awaitable<void> {
        for (int i = 0; i < 1700; ++i)
            BOOST_REQUIRE(t.append(test::some_record()));
        BOOST_TEST(co_await t.flush(after(10s)));
        BOOST_TEST(store.rows.size() == 1700u);
        BOOST_TEST(store.commits >= 4u);
    });
}

BOOST_AUTO_TEST_CASE(while_postgresql_is_away_records_wait_and_then_arrive_once) {
    store.failure = error{errc::unavailable, public_text{"away"}};
    with_trail(
        [&](trail& t) -> awaitable<void> {
            for (int i = 0; i < 200; ++i)
                BOOST_REQUIRE(t.append(test::some_record(std::to_string(i))));
            co_await until([&] { return store.commits > 2; });
            BOOST_TEST(store.rows.empty());
            BOOST_TEST(t.counts().failed_commits > 1u);
            store.failure.reset();
            BOOST_TEST(co_await t.flush(after(10s)));
            BOOST_TEST(store.rows.size() == 200u);
            BOOST_TEST(store.seen == 200u);
        },
        {.memory_bytes = 8000, .segment_bytes = 4000});
}

BOOST_AUTO_TEST_CASE(during_maintenance_records_wait_and_then_arrive_once) {
    bool maintenance = true;
    with_trail(
        [&](trail& t) -> awaitable<void> {
            for (int i = 0; i < 20; ++i)
                BOOST_REQUIRE(t.append(test::some_record(std::to_string(i))));
            co_await until([&] { return t.is_failing(); });
            BOOST_TEST(!co_await t.flush(after(5s)), "the end of the process does not wait for it");
            BOOST_TEST(store.commits == 0u);
            maintenance = false;
            co_await until([&] { return store.rows.size() == 20u; });
            BOOST_TEST(store.seen == 20u);
        },
        {}, [&] { return maintenance; });
}

BOOST_AUTO_TEST_CASE(a_spool_that_was_left_is_adopted_after_maintenance) {
    killed_process(root.path(), 5);
    bool maintenance = true;
    adoption a(root.path(), store, files, [&] { return maintenance; });
    test::run_coroutine([&]() -> awaitable<void> {
        BOOST_TEST(!co_await a.look());
        BOOST_TEST(store.rows.empty());
        maintenance = false;
        BOOST_TEST(co_await a.look());
    });
    BOOST_TEST(store.rows.size() == 5u);
    files.join();
}

BOOST_AUTO_TEST_CASE(a_flush_gives_up_when_a_commit_fails_and_the_records_stay_for_adoption) {
    store.failure = error{errc::unavailable, public_text{"away"}};
    with_trail([&](trail& t) -> awaitable<void> {
        BOOST_REQUIRE(t.append(test::some_record()));
        BOOST_TEST(!t.is_failing());
        auto const began = std::chrono::steady_clock::now();
        BOOST_TEST(!co_await t.flush(after(5s)));
        BOOST_TEST((std::chrono::steady_clock::now() - began < 2s));
        BOOST_TEST(t.is_failing());
    });
    auto left = spool_folder::abandoned(root.path());
    BOOST_REQUIRE(left.size() == 1u);
    BOOST_TEST(left[0].segments().size() == 1u);
}

BOOST_AUTO_TEST_CASE(one_refused_record_is_put_aside_and_blocks_nobody) {
    store.refuses = [](record const& r) -> std::optional<error> {
        if (r.sql == "poison") return error{errc::invalid_input, public_text{"a value cannot be stored"}};
        return {};
    };
    with_trail([&](trail& t) -> awaitable<void> {
        for (int i = 0; i < 100; ++i)
            BOOST_REQUIRE(t.append(test::some_record(i == 37 ? "poison" : std::to_string(i))));
        BOOST_TEST(co_await t.flush(after(10s)));
        BOOST_TEST(store.rows.size() == 99u);
        BOOST_TEST(store.commits < 20u);
        BOOST_TEST(t.counts().rejected == 1u);
    });
    auto const bytes = test::contents(only_rejected_file());
    BOOST_TEST(frame_at(bytes) == bytes.size());
    BOOST_TEST(decode_frame(bytes)->sql == "poison");
}

BOOST_AUTO_TEST_CASE(a_store_that_refuses_everything_is_asked_again_rather_than_believed) {
    store.refuses = [](record const&) { return error{errc::internal, public_text{"permission denied"}}; };
    with_trail([&](trail& t) -> awaitable<void> {
        for (int i = 0; i < 100; ++i)
            BOOST_REQUIRE(t.append(test::some_record()));
        co_await until([&] { return t.counts().failed_commits >= 2; });
        BOOST_TEST(store.commits < 40u);
        BOOST_TEST(t.counts().rejected == 0u);
        store.refuses = nullptr;
        BOOST_TEST(co_await t.flush(after(10s)));
        BOOST_TEST(store.rows.size() == 100u);
    });
}

BOOST_AUTO_TEST_CASE(a_store_that_never_takes_a_batch_does_not_stop_the_trail_for_ever) {
    std::vector<record> batch(5, test::some_record());
    store.refuses = [](record const&) { return error{errc::internal, public_text{"no"}}; };
    committer to(store, root.path() + "/rejected/x");
    test::run_coroutine([&]() -> awaitable<void> {
        for (int i = 0; i < 10; ++i)
            BOOST_TEST(!co_await to.commit(batch));
        BOOST_TEST(!!co_await to.commit(batch));
        BOOST_TEST(to.rejected() == 5u);
    });
}

BOOST_AUTO_TEST_CASE(at_its_limits_the_trail_refuses_and_says_so) {
    store.failure = error{errc::unavailable, public_text{"away"}};
    with_trail(
        [&](trail& t) -> awaitable<void> {
            int taken = 0;
            while (t.append(test::some_record()))
                ++taken;
            BOOST_TEST(!t.has_room());
            BOOST_TEST(t.counts().refused == 1u);
            store.failure.reset();
            BOOST_TEST(co_await t.flush(after(10s)));
            BOOST_TEST(int(store.rows.size()) == taken);
            BOOST_TEST(t.append(test::some_record()).has_value());
            BOOST_TEST(co_await t.flush(after(10s)));
        },
        {.disk_bytes = 20000, .memory_bytes = 5000, .segment_bytes = 5000});
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(adoption_of_spools, fixture)

BOOST_AUTO_TEST_CASE(what_a_killed_process_left_is_committed_once_and_its_folder_goes) {
    killed_process(root.path(), 20);
    killed_process(root.path(), 7, "torn tail of a record");
    auto living = *spool_folder::create(root.path());
    spool own(living, "0");
    BOOST_REQUIRE(own.append(test::some_record("mine")));
    test::run_coroutine([&]() -> awaitable<void> {
        adoption adopter(root.path(), store, files);
        BOOST_TEST(co_await adopter.look());
        BOOST_TEST(store.rows.size() == 27u);
        BOOST_TEST(adopter.committed() == 27u);
        BOOST_TEST(co_await adopter.look());
        BOOST_TEST(store.seen == 27u);
    });
    files.join();
    BOOST_TEST(test::contents(only_rejected_file()) == "torn tail of a record");
    BOOST_TEST(living.segments().size() == 1u);
    BOOST_TEST(spool_folder::abandoned(root.path()).empty());
}

BOOST_AUTO_TEST_CASE(records_committed_before_the_kill_are_not_committed_twice) {
    auto const r = test::some_record();
    store.rows.emplace(r.key, r);
    std::filesystem::create_directories(root.path() + "/0190");
    std::string frame;
    append_frame(frame, r);
    test::put_contents(root.path() + "/0190/0-1.spool", frame);
    test::run_coroutine([&]() -> awaitable<void> {
        adoption adopter(root.path(), store, files);
        BOOST_TEST(co_await adopter.look());
    });
    files.join();
    BOOST_TEST(store.rows.size() == 1u);
    BOOST_TEST(!std::filesystem::exists(root.path() + "/0190"));
}

BOOST_AUTO_TEST_CASE(an_adoption_cut_short_by_an_absent_database_is_taken_up_again) {
    killed_process(root.path(), 20);
    store.failure = error{errc::unavailable, public_text{"away"}};
    test::run_coroutine([&]() -> awaitable<void> {
        adoption adopter(root.path(), store, files);
        BOOST_TEST(!co_await adopter.look());
        store.failure.reset();
        BOOST_TEST(co_await adopter.look());
        BOOST_TEST(store.rows.size() == 20u);
    });
    files.join();
    BOOST_TEST(test::files_below(root.path()) == 0u);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vanna::query
