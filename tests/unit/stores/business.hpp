// Business data in a database of its own, an account that may read it, and targets on it without some of
// their layers.
#pragma once
#include "core/async/work_pool.hpp"
#include "db/postgres/target/target.hpp"
#include "tests/unit/stores/scratch_database.hpp"

namespace vanna::test {

struct business : scratch_database {
    business() {
        run(R"sql(
create table customers (id int primary key, name text);
insert into customers select i, 'n' || i from generate_series(1, 50) i;
create sequence numbers;
create function own_write() returns int language sql security definer as 'delete from public.customers returning 1';
create function own_write_of(int) returns int language sql security definer as 'delete from public.customers returning 1';
create procedure own_procedure() language sql security definer as 'delete from public.customers';
)sql");
        run("create role " + reader + " login password 'x'; grant select on customers to " + reader);
    }
    ~business() { run("revoke all on customers from " + reader + "; drop role " + reader); }
    postgres::address as_reader() const { return where().with_login(reader, "x"); }

    // Of all that a statement could have changed in the database.
    std::string digest() const {
        return ask(R"sql(
select concat_ws('|', (select md5(string_agg(c::text, '' order by id)) from customers c),
  (select count(*) from pg_class where relpersistence <> 't'), (select count(*) from pg_proc),
  (select count(*) from pg_largeobject_metadata), (select concat(is_called, last_value) from numbers),
  (select count(*) from pg_locks where locktype = 'advisory'
     and database = (select oid from pg_database where datname = current_database())),
  (select count(*) from pg_stat_activity where datname = current_database() and state like 'idle in%'))
)sql");
    }

    std::string const reader = "reader_" + name().substr(name().size() - 12);
};

// What a statement was answered: its rows, or the rule that refused it, or the error's words.
struct answer {
    std::string rows, problem;
};

inline awaitable<answer> asked(pg_target::database_target& target, std::string sql) {
    auto got = co_await target.open({.text = std::move(sql)}, {.until = after(5s)});
    if (got) co_return answer{got->first.bytes, ""};
    co_return answer{"", got.error().rule.empty() ? got.error().message : got.error().rule};
}

// Runs `body(target)` on a target without these layers that has read its schema.
template <class F>
void on_target(postgres::address where, unsigned without, F body) {
    work_pool threads("test", 2, 16);
    auto const target = pg_target::create_target(threads, {.where = std::move(where), .without = without});
    run_coroutine(
        [&]() -> awaitable<void> {
            auto const ready = co_await target->refresh(after(10s), nullptr);
            BOOST_REQUIRE_MESSAGE(ready, ready.error().message);
            co_await body(*target);
        },
        60s);
}

}  // namespace vanna::test
