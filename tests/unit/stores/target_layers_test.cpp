// What stands between a statement and the business data, layer by layer: one taken away, one left alone, and
// for an account that owns the tables. Whatever is asked, the data is the same afterwards.
#include "tests/unit/stores/business.hpp"

namespace vanna::pg_target {
namespace {

using namespace test;

constexpr unsigned guard = unsigned(layer::guard), read_only = unsigned(layer::read_only),
                   cursor = unsigned(layer::cursor), role = unsigned(layer::role),
                   all = guard | read_only | cursor | role;

constexpr std::string_view traps[] = {
    "DELETE FROM customers",
    "UPDATE customers SET name = 'x'",
    "INSERT INTO customers VALUES (51, 'x')",
    "TRUNCATE customers",
    "DROP TABLE customers",
    "CREATE TABLE kept (x int)",
    "CREATE TABLE kept AS SELECT 1",
    "SELECT * INTO kept FROM customers",
    "CREATE FUNCTION kept() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    "WITH x AS (DELETE FROM customers RETURNING *) SELECT * FROM x",
    "WITH x AS (UPDATE customers SET name = 'y' RETURNING 1) SELECT count(*) FROM x",
    "SELECT * FROM customers FOR UPDATE",
    "SELECT own_write()",
    "SELECT * FROM customers WHERE own_write() = 1",
    "CALL own_procedure()",
    "DO $$ BEGIN DELETE FROM customers; END $$",
    "DO $$ BEGIN DELETE FROM customers; COMMIT; END $$",
    "EXPLAIN ANALYZE DELETE FROM customers",
    "COPY customers FROM PROGRAM 'echo 99,x'",
    "COPY customers TO '/tmp/x'",
    "SELECT lo_create(0)",
    "SELECT lo_from_bytea(0, 'x')",
    "SELECT nextval('numbers')",
    "SELECT setval('numbers', 99)",
    "SELECT pg_advisory_lock(1)",
    "SELECT pg_advisory_lock_shared(2)",
    "SELECT set_config('default_transaction_read_only', 'off', false)",
    "SET SESSION CHARACTERISTICS AS TRANSACTION READ WRITE",
    "SET default_transaction_read_only = off",
    "SET TRANSACTION READ WRITE",
    "BEGIN",
    "COMMIT",
    "COMMIT AND CHAIN",
    "ROLLBACK",
    "PREPARE x AS DELETE FROM customers",
    "EXECUTE x",
    "SELECT 1; DELETE FROM customers",
    "SELECT 1; COMMIT; DELETE FROM customers",
    "COMMIT; DELETE FROM customers",
    "SELECT 1); DELETE FROM customers; SELECT (1",
    "SELECT 1 AS a) AS x(c1)) offset 0) AS y; DELETE FROM customers; --",
    "LOCK TABLE customers",
    "GRANT ALL ON customers TO public",
    "SELECT 1/0",
    "SELECT",
    "SELEC",
};

void stays_the_same(business const& data, postgres::address where, unsigned without) {
    auto const before = data.digest();
    on_target(std::move(where), without, [&](database_target& target) -> awaitable<void> {
        for (auto sql : traps) {
            co_await asked(target, std::string(sql));
            auto const still = co_await asked(target, "SELECT count(*) FROM customers");
            BOOST_TEST(still.rows == "[50]",
                       "without " << without << ", after " << sql << ": " << still.rows << still.problem);
        }
        BOOST_TEST(target.open_cursors() == 0u);
    });
    BOOST_TEST(data.digest() == before, "without " << without);
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(target_layers, business)

BOOST_AUTO_TEST_CASE(a_reader_does_no_harm_whichever_layer_is_missing) {
    for (unsigned const without : {0u, guard, read_only, cursor, role})
        stays_the_same(*this, as_reader(), without);
}

BOOST_AUTO_TEST_CASE(nor_where_one_layer_is_left) {
    for (unsigned const left : {guard, read_only, cursor, role})
        stays_the_same(*this, as_reader(), all & ~left);
}

BOOST_AUTO_TEST_CASE(an_owner_of_the_tables_is_refused_and_does_no_harm_if_it_is_not) {
    work_pool threads("test", 1, 16);
    auto const refused = create_target(threads, {.where = where()});
    run_coroutine([&]() -> awaitable<void> {
        auto const seen = co_await refused->refresh(after(10s), nullptr);
        BOOST_REQUIRE(!seen);
        BOOST_TEST((seen.error().code == errc::conflict));
        BOOST_TEST(!(co_await asked(*refused, "SELECT 1")).problem.empty());
    });
    for (unsigned const without : {role, role | guard, role | read_only, role | cursor})
        stays_the_same(*this, where(), without);
}

BOOST_AUTO_TEST_CASE(with_no_layer_left_harm_is_done_and_seen) {
    auto const before = digest();
    on_target(where(), all, [](database_target& target) -> awaitable<void> {
        BOOST_TEST((co_await asked(target, "SELECT setval('numbers', 99)")).rows == "[99]");
    });
    BOOST_TEST(digest() != before);
}

BOOST_AUTO_TEST_CASE(a_layer_that_is_switched_off_is_off) {
    constexpr char setting[] = "SELECT current_setting('transaction_read_only') AS s";
    auto const told = [&](unsigned without, std::string sql) {
        answer out;
        on_target(as_reader(), without,
                  [&](database_target& target) -> awaitable<void> { out = co_await asked(target, sql); });
        return out;
    };
    BOOST_TEST(told(0, setting).problem == "function:current_setting");
    BOOST_TEST(told(guard, setting).rows == "[\"on\"]");
    BOOST_TEST(told(guard | read_only, setting).rows == "[\"off\"]");
    BOOST_TEST(!told(guard, "SHOW transaction_read_only").problem.empty());
    BOOST_TEST(told(guard | cursor, "SHOW transaction_read_only").rows == "[\"on\"]");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vanna::pg_target
