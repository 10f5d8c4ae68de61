// Which of a PostgreSQL target's connections are kept for the next statement.
#include "tests/unit/stores/business.hpp"

namespace vanna::pg_target {
namespace {

using namespace test;

struct connections : business {
    // Of the reader, by process number.
    std::string open() const {
        return ask("select coalesce(string_agg(pid::text, ','), '') from pg_stat_activity where usename = '" +
                   reader + "'");
    }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(target_connections, connections)

BOOST_AUTO_TEST_CASE(one_that_carried_small_rows_is_kept) {
    on_target(as_reader(), 0, [&](database_target& target) -> awaitable<void> {
        auto const first = open();
        BOOST_TEST(!first.empty());
        BOOST_TEST(!(co_await asked(target, "SELECT repeat('x', 1000000)")).rows.empty());
        BOOST_TEST(
            !(co_await asked(target, "SELECT id FROM customers, generate_series(1, 20000)")).rows.empty());
        BOOST_TEST(
            (co_await asked(target, "SELECT array_agg(repeat('x', 10000)) FROM generate_series(1, 9000)"))
                .problem.starts_with("row 1 alone"),
            "which the server did not send");
        BOOST_TEST(open() == first);
    });
}

// The library's buffer for a connection grows to the largest row and never shrinks.
BOOST_AUTO_TEST_CASE(one_that_carried_a_huge_row_is_not) {
    on_target(as_reader(), 0, [&](database_target& target) -> awaitable<void> {
        for (auto sql : {"SELECT repeat('x', 15000000)",
                         "SELECT array_agg(repeat('x', 10000)) FROM generate_series(1, 1000)"}) {
            auto const before = open();
            (void)co_await asked(target, sql);
            BOOST_TEST((co_await asked(target, "SELECT count(*) FROM customers")).rows == "[50]");
            auto const after = open();
            BOOST_TEST(after != before, sql);
            BOOST_TEST(after.find(',') == after.npos, sql);
        }
    });
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vanna::pg_target
