// A database whose owner has written functions, operators, types, views and policies. What a statement could
// name of them is refused; what stands behind the tables that may be read runs as their owner meant it, and
// can change nothing.
#include "tests/unit/stores/business.hpp"

namespace vanna::pg_target {
namespace {

using namespace test;

// Each piece of it would empty the table if it could; `calls` would tell that it was called.
constexpr char own_code[] = R"sql(
create table invoices (total int, id int);
insert into invoices values (7, 1), (8, 2);
create schema other;
create table other.twins (id int);
create table twins (total int);
create table things (id int primary key, name text, size int generated always as (id * 2) stored);
insert into things select i, 'thing ' || i from generate_series(1, 3) i;

create function wipe() returns int language plpgsql security definer as
  $$ begin delete from public.customers; return 1; end $$;
create function total(customers) returns int language sql security definer as 'select wipe()';
create function total(invoices) returns int language sql security definer as 'select wipe()';
create function any_of(variadic customers[]) returns int language sql security definer as 'select wipe()';
create function lower(text) returns text language sql security definer as 'select wipe()::text';

create function agree(a int, b int) returns bool language sql security definer as 'select wipe() = 1';
create operator @=@ (function = agree, leftarg = int, rightarg = int);
create function fold(int, int) returns int language sql security definer as 'select wipe()';
create aggregate own_sum(int) (sfunc = fold, stype = int, initcond = '0');
create collation own_order (provider = icu, locale = 'und-u-ks-level2', deterministic = false);

create function is_fine(text) returns bool language sql security definer as 'select wipe() = 1';
create domain checked as text check (is_fine(value));
create domain checked_again as checked;
create type holding as (a int, b checked);
create type spread as range (subtype = checked);
create domain operated as int check (value @=@ 1);
create domain plain as text check (length(value) < 100);
create type mood as enum ('good', 'bad');
create type cents as (n int);
create function to_cents(int) returns cents language sql security definer as 'select row(wipe())::cents';
create function of_cents(cents) returns money language sql security definer as 'select wipe()::money';
create cast (int as cents) with function to_cents(int) as implicit;
create function text_of(cents) returns text language sql security definer as 'select wipe()::text';
create cast (cents as text) with function text_of(cents);
create table costs (cost cents);
insert into costs values (row(5));
create cast (cents as money) with function of_cents(cents) as assignment;
)sql";

// Views and policies of the owner's, over what the reader may not read. Their functions try all that a
// read-only transaction allows.
constexpr char behind_tables[] = R"sql(
create table secrets (id int, word text);
insert into secrets values (1, 'shown'), (2, 'hidden');
create function keeps() returns text language plpgsql security definer as $$ begin
  perform pg_advisory_lock(7), pg_advisory_lock_shared(8);
  perform set_config('work_mem', '77MB', false), set_config('statement_timeout', '0', false);
  perform pg_notify('own', 'x');
  return 'kept';
end $$;
create view kept as select keeps() as what;
create view shown as select * from secrets where id = 1;
create view wiping as select wipe() as n;
create view writing as select nextval('numbers') as n;
create view altering as select set_config('transaction_read_only', 'off', false) as n;
create view sleeping as select pg_sleep(60)::text as n;
create function price_of(things) returns int language sql stable as 'select $1.id * 10';
create table policed (id int, who text);
insert into policed values (1, 'a'), (2, 'b');
create function may_see(int) returns bool language plpgsql security definer as
  $$ begin perform keeps(); return $1 = 1; end $$;
alter table policed enable row level security;
create policy own on policed for select using (may_see(id));
create function folded(text) returns text language sql immutable as 'select pg_catalog.upper($1)';
create index on things (folded(name));
create statistics own_statistics on (folded(name)), id from things;
)sql";

struct owners : business {
    owners() {
        run(own_code);
        grant();
    }
    void grant() const { run("grant select on all tables in schema public to " + reader); }
    void run(std::string sql) const { scratch_database::run(std::move(sql)); }
    ~owners() { run("revoke all on all tables in schema public from " + reader); }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(own_code_of_a_target, owners)

BOOST_AUTO_TEST_CASE(what_a_statement_could_name_of_it_is_refused_before_it_runs) {
    auto const before = digest();
    on_target(as_reader(), 0, [&](database_target& target) -> awaitable<void> {
        for (auto [sql, rule] : std::initializer_list<std::pair<char const*, char const*>>{
                 {"SELECT wipe()", "function:wipe"},
                 {"SELECT c.total FROM customers c", "function:total"},
                 {"SELECT i.total FROM invoices AS i(x)", "function:total"},
                 {"SELECT (i).total FROM invoices i", "function:total"},
                 {"SELECT q.total FROM (SELECT 1 AS a, 2 AS b) q", "function:total"},
                 {"SELECT (ROW(1, 2)).total", "function:total"},
                 {"SELECT twins.total FROM twins", "function:total"},
                 {"SELECT t.total FROM other.twins t", "function:total"},
                 {"SELECT c.any_of FROM customers c", "function:any_of"},
                 {"SELECT lower('A')", "function:lower"},
                 {"SELECT lower(name) FROM customers", "function:lower"},
                 {"SELECT 1 @=@ 2", "operator:@=@"},
                 {"SELECT 1 OPERATOR(public.@=@) 2", "operator:@=@"},
                 {"SELECT 1 @=@ ANY (ARRAY[2])", "operator:@=@"},
                 {"SELECT own_sum(id) FROM customers", "function:own_sum"},
                 {"SELECT own_sum(id) OVER () FROM customers", "function:own_sum"},
                 {"SELECT 'x'::checked", "type:checked"},
                 {"SELECT checked 'x'", "type:checked"},
                 {"SELECT CAST('x' AS public.checked_again)", "type:checked_again"},
                 {"SELECT '{x}'::checked[]", "type:checked"},
                 {"SELECT '{x}'::_checked", "type:_checked"},
                 {"SELECT '(1,x)'::holding", "type:holding"},
                 {"SELECT '[a,b]'::spread", "type:spread"},
                 {"SELECT spread('a', 'b')", "function:spread"},
                 {"SELECT 1::operated", "type:operated"},
                 {"SELECT * FROM json_to_recordset('[{\"a\": \"x\"}]') AS r(a checked)", "type:checked"},
                 {"SELECT json_populate_record(NULL::holding, '{\"b\": \"x\"}')", "type:holding"},
                 {"SELECT 1::cents", "type:cents"},
                 {"SELECT cents(1)", "function:cents"},
                 {"SELECT ROW(1)::cents::text", "type:cents"},
                 {"SELECT NULL::cents", "type:cents"},
                 {"SELECT ('x'::text).checked", "function:checked"},
                 {"SELECT g.checked FROM unnest(ARRAY['x']) g", "function:checked"},
                 {"SELECT 1::money", "type:money"},
             })
            BOOST_TEST((co_await asked(target, sql)).problem == rule, sql);
    });
    BOOST_TEST(digest() == before);
}

BOOST_AUTO_TEST_CASE(what_is_called_like_it_and_is_none_of_it_runs) {
    on_target(as_reader(), 0, [&](database_target& target) -> awaitable<void> {
        for (auto [sql, rows] : std::initializer_list<std::pair<char const*, char const*>>{
                 {"SELECT i.total FROM invoices i ORDER BY i.total", "[7],[8]"},
                 {"SELECT sum(invoices.total) FROM invoices", "[15]"},
                 {"SELECT public.invoices.total FROM public.invoices WHERE id = 1", "[7]"},
                 {"SELECT q.total FROM (SELECT count(*) AS total FROM customers) q", "[50]"},
                 {"WITH q AS (SELECT max(id) AS total FROM customers) SELECT q.total FROM q", "[50]"},
                 {"SELECT r.total FROM (SELECT * FROM invoices) r WHERE r.id = 2", "[8]"},
                 {"SELECT total FROM invoices WHERE id = 1", "[7]"},
                 {"SELECT pg_catalog.lower('A')", "[\"a\"]"},
                 {"SELECT 'x'::plain, 'good'::mood", "[\"x\",\"good\"]"},
                 {"SELECT name FROM things WHERE name COLLATE own_order = 'THING 2'", "[\"thing 2\"]"},
                 {"SELECT size FROM things ORDER BY id", "[2],[4],[6]"},
                 {"SELECT cost FROM costs", "[\"(5)\"]"},
             }) {
            auto const got = co_await asked(target, sql);
            BOOST_TEST(got.rows == rows, sql << ": " << got.rows << got.problem);
        }
    });
}

BOOST_AUTO_TEST_CASE(what_stands_behind_the_tables_shows_what_its_owner_shows_and_changes_nothing) {
    run(behind_tables);
    grant();
    run("revoke all on secrets from " + reader);
    auto const before = digest();
    on_target(as_reader(), 0, [&](database_target& target) -> awaitable<void> {
        for (auto [sql, rows] : std::initializer_list<std::pair<char const*, char const*>>{
                 {"SELECT word FROM shown", "[\"shown\"]"},
                 {"SELECT id FROM policed", "[1]"},
                 {"SELECT what FROM kept", "[\"kept\"]"},
                 {"SELECT count(*) FROM things WHERE name = 'thing 1'", "[1]"},
             }) {
            auto const got = co_await asked(target, sql);
            BOOST_TEST(got.rows == rows, sql << ": " << got.rows << got.problem);
        }
        for (auto sql : {"SELECT word FROM secrets", "SELECT n FROM wiping", "SELECT n FROM writing",
                         "SELECT n FROM altering", "SELECT t.price_of FROM things t", "SELECT keeps()",
                         "SELECT may_see(2)"})
            BOOST_TEST(!(co_await asked(target, sql)).problem.empty(), sql);
        auto const slow = co_await target.open({.text = "SELECT n FROM sleeping"}, {.until = after(300ms)});
        BOOST_TEST((!slow && slow.error().code == errc::deadline_exceeded));
        BOOST_TEST((co_await asked(target, "SELECT count(*) FROM customers")).rows == "[50]");
    });
    BOOST_TEST(digest() == before);
}

// On one connection: what such a function set does not reach the next statement.
BOOST_AUTO_TEST_CASE(nothing_that_it_set_is_there_for_the_next_statement) {
    run(behind_tables);
    run("create view seen as select current_setting('work_mem') as memory, (select count(*) from "
        "pg_catalog.pg_locks where locktype = 'advisory' and pid = pg_backend_pid()) as locks");
    grant();
    on_target(as_reader(), 0, [&](database_target& target) -> awaitable<void> {
        auto const fresh = (co_await asked(target, "SELECT * FROM seen")).rows;
        BOOST_TEST((co_await asked(target, "SELECT what FROM kept")).rows == "[\"kept\"]");
        BOOST_TEST((co_await asked(target, "SELECT * FROM seen")).rows == fresh);
        BOOST_TEST(fresh.ends_with(",0]"));
    });
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vanna::pg_target
