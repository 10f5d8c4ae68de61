#include <latch>

#include "tests/unit/db/sqlite/open_target.hpp"

namespace vanna {

using test::open_target;
using test::sqlite_file;

namespace {

std::string rows_named(std::string const& name) {
    return "CREATE TABLE n (i INTEGER PRIMARY KEY, t TEXT); WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL "
           "SELECT i + 1 "
           "FROM c WHERE i < 20000) INSERT INTO n SELECT i, 'version " +
           name + "' FROM c";
}

// What a worker does: whole results, results left in the middle, refusals, and looks at what is shared.
// Counts what went as it should: Boost.Test's macros are for one thread.
awaitable<void> work(sqlite::file_target& target, int rounds, std::atomic<int>& right) {
    for (int i = 0; i < rounds; ++i) {
        sql::open_options how{.until = after(std::chrono::seconds(60))};
        auto whole = co_await target.open({"SELECT count(*), min(t) = max(t) FROM n", {}, {}}, how);
        right += whole && whole->first.bytes == "[20000,1]";
        how.limits = {.max_rows = 0, .max_bytes = 0};
        how.whole = false;
        how.stop = std::make_shared<sql::stop_flag>();
        auto sliced = co_await target.open({"SELECT * FROM n", {}, {}}, how);
        right += sliced && sliced->rest;
        if (sliced && sliced->rest && i % 3) (void)(co_await sliced->rest->next()).has_value();
        how.stop->request(sql::stop_reason::client_gone);
        auto const refused =
            co_await target.open({"DELETE FROM n", {}, {}}, {.until = after(std::chrono::seconds(60))});
        right += !refused && refused.error().code == errc::query_refused;
        (void)target.status();
        (void)target.schema();
        (void)target.open_cursors();
    }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(sqlite_target_on_several_workers)

BOOST_AUTO_TEST_CASE(workers_share_one_target_while_its_file_is_replaced_under_them) {
    constexpr int rounds = 20, count = 3;
    std::array<asio::io_context, count> contexts;
    sqlite_file const file(rows_named("first"));
    open_target at(file.path(), 0, 3);
    std::latch begun(count + 1);
    std::atomic<int> right{0};
    std::vector<std::thread> workers;
    for (auto& context : contexts)
        workers.emplace_back([&] {
            asio::co_spawn(context, work(*at.target, rounds, right), [](std::exception_ptr) {});
            begun.arrive_and_wait();
            context.run();
        });
    begun.arrive_and_wait();
    for (int version = 2; version < 8; ++version) {
        auto const fresh = (file.folder() / "fresh.db").string();
        sqlite_file::run_on(fresh, rows_named(std::to_string(version)));
        std::filesystem::rename(fresh, file.path());
        at.use(std::to_string(version));
        at.run([&]() -> awaitable<void> {
            auto const loaded = co_await at.target->load_schema(after(std::chrono::seconds(5)));
            BOOST_REQUIRE(loaded);
        });
    }
    for (auto& w : workers)
        w.join();
    BOOST_TEST(right == 3 * count * rounds);
    BOOST_TEST(at.target->open_cursors() == 0u);
    BOOST_TEST(at.target->schema()->version == "7");
    BOOST_TEST(at.query("SELECT t FROM n LIMIT 1").rows() == R"(["version 7"])");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vanna
