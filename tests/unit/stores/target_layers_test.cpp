// What stands between a statement and the business data, layer by layer: one taken away, one left alone, and
// for an account that owns the tables. Whatever is asked, the data is the same afterwards.
#include "core/async/work_pool.hpp"
#include "db/postgres/target/target.hpp"
#include "tests/unit/stores/scratch_database.hpp"

namespace vanna::pg_target {
namespace {

using namespace test;

constexpr unsigned guard = unsigned(layer::guard), read_only = unsigned(layer::read_only),
                   cursor = unsigned(layer::cursor), role = unsigned(layer::role),
                   all = guard | read_only | cursor | role;

constexpr char contents[] = R"sql(
create table customers (id int primary key, name text);
insert into customers select i, 'n' || i from generate_series(1, 50) i;
create sequence numbers;
create function own_write() returns int language sql security definer as 'delete from public.customers returning 1';
create procedure own_procedure() language sql security definer as 'delete from public.customers';
)sql";

constexpr char digest[] = R"sql(
select concat_ws('|', (select md5(string_agg(c::text, '' order by id)) from customers c),
  (select count(*) from pg_class where relpersistence <> 't'), (select count(*) from pg_proc),
  (select count(*) from pg_largeobject_metadata), (select concat(is_called, last_value) from numbers),
  (select count(*) from pg_locks where locktype = 'advisory'
     and database = (select oid from pg_database where datname = current_database())),
  (select count(*) from pg_stat_activity where datname = current_database() and state like 'idle in%'))
)sql";

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

// Business data, and an account that may read it.
struct business : scratch_database {
    business() {
        run(contents);
        run("create role " + reader + " login password 'x'; grant select on customers to " + reader);
    }
    ~business() { run("revoke all on customers from " + reader + "; drop role " + reader); }
    postgres::address as_reader() const { return where().with_login(reader, "x"); }

    std::string const reader = "reader_" + name().substr(name().size() - 12);
};

struct answer {
    std::string rows, problem;
};

awaitable<answer> asked(database_target& target, std::string sql) {
    auto got = co_await target.open({.text = std::move(sql)}, {.until = after(5s)});
    if (got) co_return answer{got->first.bytes, ""};
    co_return answer{"", got.error().rule.empty() ? got.error().message : got.error().rule};
}

// Runs `body(target)` on a target without these layers that has read its schema.
template <class F>
void on_target(postgres::address where, unsigned without, F body) {
    work_pool threads("test", 2, 16);
    auto const target = create_target(threads, {.where = std::move(where), .without = without});
    run_coroutine(
        [&]() -> awaitable<void> {
            auto const ready = co_await target->refresh(after(10s), nullptr);
            BOOST_REQUIRE_MESSAGE(ready, ready.error().message);
            co_await body(*target);
        },
        60s);
}

void stays_the_same(business const& data, postgres::address where, unsigned without) {
    auto const before = data.ask(digest);
    on_target(std::move(where), without, [&](database_target& target) -> awaitable<void> {
        for (auto sql : traps) {
            co_await asked(target, std::string(sql));
            auto const still = co_await asked(target, "SELECT count(*) FROM customers");
            BOOST_TEST(still.rows == "[50]",
                       "without " << without << ", after " << sql << ": " << still.rows << still.problem);
        }
        BOOST_TEST(target.open_cursors() == 0u);
    });
    BOOST_TEST(data.ask(digest) == before, "without " << without);
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
    auto const before = ask(digest);
    on_target(where(), all, [](database_target& target) -> awaitable<void> {
        BOOST_TEST((co_await asked(target, "SELECT setval('numbers', 99)")).rows == "[99]");
    });
    BOOST_TEST(ask(digest) != before);
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
