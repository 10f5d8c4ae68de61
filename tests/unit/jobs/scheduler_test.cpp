#include "jobs/scheduler.hpp"

#include "core/async/pause.hpp"
#include "tests/support/run_coroutine.hpp"
#include "tests/unit/jobs/fake_rows.hpp"

namespace vanna::jobs {
namespace {

using namespace std::chrono_literals;
using test::fake_rows;

constexpr auto patience = 20s;

// Rows as they are when another replica adds its job between our look and our own.
struct overtaken : fake_rows {
    job other{.type = "train", .state = state::running};
    int looks = 0;

    awaitable<result<std::optional<job>>> running_of(std::string, deadline) override {
        co_return ++looks == 1 ? std::nullopt : std::optional(other);
    }
    awaitable<result<void>> add(job, deadline) override {
        co_return error{errc::conflict, public_text{"one is open"}};
    }
};

// A scheduler on the rows, and what its jobs do.
struct cluster {
    fake_rows rows;
    asio::any_io_executor executor;
    scheduler jobs, other;
    int running = 0;

    explicit cluster(asio::any_io_executor e)
        : executor(e), jobs(e, rows, rows, new_id()), other(e, rows, rows, new_id()) {}

    awaitable<void> until(std::function<bool()> what, char const* name) {
        auto const limit = after(patience);
        while (!what() && std::chrono::steady_clock::now() < limit)
            co_await pause_for(5ms);
        BOOST_REQUIRE_MESSAGE(what(), "waited in vain for " << name);
    }
    awaitable<void> ended(uuid id) {
        co_await until([&] { return rows.rows.at(id).finished_at.has_value(); }, "the job's end");
    }
    // Runs until it is told to stop.
    body stubborn() {
        return [this](progress& p) -> awaitable<result<boost::json::value>> {
            ++running;
            p.at("counting", 10);
            while (!p.cancelled())
                co_await pause_for(5ms);
            --running;
            co_return error{errc::cancelled, public_text{"stopped while counting"}};
        };
    }
    static body quick() {
        return [](progress&) -> awaitable<result<boost::json::value>> { co_return boost::json::value(7); };
    }
};

void story(std::function<awaitable<void>(cluster&)> body) {
    test::run_coroutine(
        [&]() -> awaitable<void> {
            cluster c(co_await asio::this_coro::executor);
            co_await body(c);
            co_await c.jobs.stop();
            co_await c.other.stop();
        },
        60s);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(scheduler_)

BOOST_AUTO_TEST_CASE(who_is_overtaken_by_another_replica_is_told_where_to_follow_its_job) {
    overtaken rows;
    test::run_coroutine([&]() -> awaitable<void> {
        scheduler all(co_await asio::this_coro::executor, rows, rows, new_id());
        bool ran = false;
        auto const made = co_await all.submit({.type = "train", .requested_by = "ann@example.com"},
                                              [&](progress&) -> awaitable<result<boost::json::value>> {
                                                  ran = true;
                                                  co_return boost::json::value{};
                                              });
        BOOST_REQUIRE(!made);
        BOOST_TEST((made.error().code == errc::conflict));
        BOOST_TEST(made.error().location == "/api/v1/admin/db/jobs/" + to_string(rows.other.id));
        BOOST_TEST(!ran);
        co_await all.stop();
    });
}

BOOST_AUTO_TEST_CASE(a_job_ends_with_its_result_or_with_what_it_says_went_wrong) {
    story([](cluster& c) -> awaitable<void> {
        auto const good = co_await c.jobs.submit({.type = "train", .subject = "s"}, cluster::quick());
        BOOST_REQUIRE(good);
        co_await c.ended(good->id);
        auto const row = c.rows.rows.at(good->id);
        BOOST_TEST((row.state == state::succeeded && row.result == "7" && row.subject == "s"));
        BOOST_TEST((row.progress == 100 && row.started_at));
        auto const bad =
            co_await c.jobs.submit({.type = "train"}, [](progress&) -> awaitable<result<boost::json::value>> {
                co_return error{errc::unavailable, public_text{"the store is away"}};
            });
        co_await c.ended(bad->id);
        BOOST_TEST((c.rows.rows.at(bad->id).state == state::failed));
        BOOST_TEST(c.rows.rows.at(bad->id).error == "the store is away");
        auto const thrown =
            co_await c.jobs.submit({.type = "train"}, [](progress&) -> awaitable<result<boost::json::value>> {
                throw std::runtime_error("a bug");
                co_return boost::json::value();
            });
        co_await c.ended(thrown->id);
        BOOST_TEST(c.rows.rows.at(thrown->id).error.find("internal error") != std::string::npos);
    });
}

BOOST_AUTO_TEST_CASE(the_row_of_a_process_that_died_does_not_keep_the_next_job_from_starting) {
    story([](cluster& c) -> awaitable<void> {
        job const dead{.type = "train", .state = state::running, .heartbeat = now() - orphaned_after - 1s};
        job const alive{.type = "backup", .state = state::running, .heartbeat = now()};
        c.rows.rows = {{dead.id, dead}, {alive.id, alive}};
        auto const made = co_await c.jobs.submit({.type = "train"}, cluster::quick());
        BOOST_REQUIRE(made);
        BOOST_TEST((c.rows.rows.at(dead.id).state == state::failed));
        auto const second = co_await c.jobs.submit({.type = "backup"}, cluster::quick());
        BOOST_REQUIRE(!second);
        BOOST_TEST(second.error().location == "/api/v1/admin/db/jobs/" + to_string(alive.id));
        co_await c.ended(made->id);
    });
}

BOOST_AUTO_TEST_CASE(why_a_job_failed_is_told_with_its_kind_to_whoever_ran_it) {
    story([](cluster& c) -> awaitable<void> {
        auto const fails = [](error e) {
            return [e](progress&) -> awaitable<result<boost::json::value>> { co_return e; };
        };
        auto const damaged = co_await c.jobs.submit(
            {.type = "verify"},
            fails(error{errc::invalid_input, public_text{"damaged"}}.with_type("archive-damaged")));
        co_await c.ended(damaged->id);
        auto const why = c.jobs.failure_of(damaged->id);
        BOOST_REQUIRE(why);
        BOOST_TEST((why->code == errc::invalid_input && why->type == "archive-damaged"));
        BOOST_TEST(!c.other.failure_of(damaged->id));
        auto const good = co_await c.jobs.submit({.type = "verify"}, cluster::quick());
        co_await c.ended(good->id);
        BOOST_TEST(!c.jobs.failure_of(good->id));
        for (int i = 0; i < 20; ++i) {
            auto const next =
                co_await c.jobs.submit({.type = "verify"}, fails({errc::unavailable, public_text{"away"}}));
            co_await c.ended(next->id);
            BOOST_TEST(bool(c.jobs.failure_of(next->id)));
        }
        BOOST_TEST(!c.jobs.failure_of(damaged->id), "only the last few are kept");
    });
}

BOOST_AUTO_TEST_CASE(exclusive_kinds_take_turns_and_those_beside_wait_for_a_restore_alone) {
    story([](cluster& c) -> awaitable<void> {
        auto const train = co_await c.jobs.submit({.type = "train"}, c.stubborn());
        co_await c.until([&] { return c.running == 1; }, "the training");
        auto const vacuum = co_await c.other.submit({.type = "vacuum"}, c.stubborn());
        co_await c.until([&] { return c.running == 2; }, "the vacuum beside it");
        auto const restore = co_await c.other.submit({.type = "restore"}, c.stubborn());
        BOOST_TEST(!co_await c.jobs.submit({.type = "train"}, c.stubborn()), "a second of a kind");
        co_await c.jobs.cancel(train->id);
        co_await c.ended(train->id);
        co_await c.until([&] { return c.rows.held["jobs"] == -1; }, "the restore's first lock");
        BOOST_TEST((c.rows.rows.at(restore->id).state == state::queued), "the vacuum keeps it waiting");
        co_await c.jobs.cancel(vacuum->id);
        co_await c.until([&] { return c.rows.rows.at(restore->id).state == state::running; }, "the restore");
        auto const verify = co_await c.jobs.submit({.type = "verify"}, cluster::quick());
        BOOST_TEST(bool(co_await c.rows.try_lock("restore", lock_mode::shared, {})) == false);
        BOOST_TEST((c.rows.rows.at(verify->id).state == state::queued));
        co_await c.jobs.cancel(restore->id);
        co_await c.ended(verify->id);
        BOOST_TEST((c.rows.rows.at(verify->id).state == state::succeeded));
    });
}

BOOST_AUTO_TEST_CASE(a_job_in_the_queue_is_cancelled_before_it_began) {
    story([](cluster& c) -> awaitable<void> {
        auto const train = co_await c.jobs.submit({.type = "train"}, c.stubborn());
        co_await c.until([&] { return c.running == 1; }, "the training");
        auto const backup = co_await c.jobs.submit({.type = "backup"}, c.stubborn());
        BOOST_TEST(bool(co_await c.other.cancel(backup->id)), "from another process");
        co_await c.ended(backup->id);
        BOOST_TEST((c.rows.rows.at(backup->id).state == state::cancelled));
        BOOST_TEST(!c.rows.rows.at(backup->id).started_at);
        BOOST_TEST(c.running == 1);
        BOOST_TEST(((co_await c.other.cancel(new_id())).error().code == errc::not_found));
        co_await c.other.cancel(train->id);
        co_await c.ended(train->id);
        BOOST_TEST((c.rows.rows.at(train->id).state == state::cancelled));
        BOOST_TEST(c.rows.rows.at(train->id).error == "stopped while counting");
    });
}

BOOST_AUTO_TEST_CASE(a_job_past_its_time_is_stopped_and_has_failed) {
    story([](cluster& c) -> awaitable<void> {
        auto const slow = co_await c.jobs.submit({.type = "train", .time_allowed = 1s}, c.stubborn());
        co_await c.ended(slow->id);
        auto const row = c.rows.rows.at(slow->id);
        BOOST_TEST((row.state == state::failed));
        BOOST_TEST(row.error == "it took longer than the 1 s it may and was stopped while counting");
    });
}

BOOST_AUTO_TEST_CASE(an_end_that_cannot_be_recorded_is_tried_until_it_can) {
    story([](cluster& c) -> awaitable<void> {
        auto const made = co_await c.jobs.submit({.type = "train"},
                                                 [&](progress&) -> awaitable<result<boost::json::value>> {
                                                     c.rows.away = true;
                                                     co_return boost::json::value(1);
                                                 });
        co_await c.until([&] { return c.rows.refused_saves >= 2; }, "the second attempt");
        c.rows.rows.at(made->id).finished_at = now();  // taken for dead meanwhile
        c.rows.rows.at(made->id).state = state::failed;
        c.rows.away = false;
        co_await c.until([&] { return c.rows.rows.at(made->id).state == state::succeeded; }, "its own end");
    });
}

BOOST_AUTO_TEST_CASE(who_was_taken_for_dead_does_not_come_back_to_life_in_the_row) {
    story([](cluster& c) -> awaitable<void> {
        auto const made = co_await c.jobs.submit({.type = "train"}, c.stubborn());
        co_await c.until([&] { return c.rows.rows.at(made->id).stage == "counting"; }, "its first stage");
        auto& row = c.rows.rows.at(made->id);
        row.finished_at = now();
        row.state = state::failed;
        auto const revision = row.revision;
        co_await pause_for(2s);
        BOOST_TEST((row.state == state::failed && row.revision == revision));
        co_await c.jobs.cancel(made->id);
        co_await c.until([&] { return row.state == state::cancelled; }, "its own end");
    });
}

BOOST_AUTO_TEST_CASE(a_lost_lock_is_told_before_anything_is_published) {
    story([](cluster& c) -> awaitable<void> {
        auto const made = co_await c.jobs.submit({.type = "restore"},
                                                 [&](progress& p) -> awaitable<result<boost::json::value>> {
                                                     if (auto ok = co_await p.still_alone(); !ok)
                                                         co_return ok.error();
                                                     c.rows.lost = true;
                                                     if (auto ok = co_await p.still_alone(); !ok)
                                                         co_return ok.error();
                                                     co_return boost::json::value("published");
                                                 });
        co_await c.ended(made->id);
        BOOST_TEST(c.rows.rows.at(made->id).error == "the lock was lost");
    });
}

BOOST_AUTO_TEST_CASE(the_end_of_the_process_ends_its_jobs_and_refuses_new_ones) {
    story([](cluster& c) -> awaitable<void> {
        auto const made = co_await c.jobs.submit({.type = "train"}, c.stubborn());
        co_await c.until([&] { return c.running == 1; }, "the training");
        co_await c.jobs.stop();
        auto const row = c.rows.rows.at(made->id);
        BOOST_TEST((row.state == state::cancelled));
        BOOST_TEST(row.error == "the process that ran it was stopped while counting");
        BOOST_TEST(
            ((co_await c.jobs.submit({.type = "train"}, c.stubborn())).error().code == errc::unavailable));
    });
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vanna::jobs
