#include "jobs/scheduler.hpp"

#include "tests/support/run_coroutine.hpp"

namespace vanna::jobs {
namespace {

error none() {
    return {errc::unavailable, public_text{"not used here"}};
}

// Rows as they are when another replica adds its job between our look and our own.
struct overtaken : store, lock_store {
    job other{.type = "train", .state = state::running};
    int looks = 0;

    awaitable<result<std::optional<job>>> running_of(std::string, deadline) override {
        co_return ++looks == 1 ? std::nullopt : std::optional(other);
    }
    awaitable<result<void>> add(job, deadline) override {
        co_return error{errc::conflict, public_text{"one is open"}};
    }
    awaitable<result<saved>> save(job, deadline) override { co_return none(); }
    awaitable<result<job>> get(uuid, deadline) override { co_return none(); }
    awaitable<result<page<job>>> list(job_filter, page_request, deadline) override { co_return none(); }
    awaitable<result<void>> request_cancel(uuid, deadline) override { co_return none(); }
    awaitable<result<bool>> claim(std::string, instant, deadline) override { co_return none(); }
    awaitable<result<std::size_t>> fail_orphans(std::chrono::seconds, deadline) override { co_return none(); }
    awaitable<result<std::unique_ptr<lock>>> try_lock(std::string, lock_mode, deadline) override {
        co_return none();
    }
};

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

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vanna::jobs
