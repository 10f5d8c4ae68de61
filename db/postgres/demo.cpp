#include "db/postgres/demo.hpp"

#include <span>

#include "core/embedded_file.hpp"
#include "db/postgres/session.hpp"

namespace vanna::postgres {

namespace demo {
std::span<embedded_file const> files();  // assets/demo
}

awaitable<result<bool>> has_demo(address where, deadline limit) {
    auto on = co_await session::open(where, limit);
    if (!on) co_return on.error();
    auto const there = co_await (*on)->execute(
        "select to_regclass('demo.accounting_transactions') is not null", params{}, limit);
    if (!there) co_return there.error();
    co_return (*there)[0].boolean(0);
}

awaitable<result<bool>> seed_demo(address where, deadline limit) {
    auto on = co_await session::open(where, limit);
    if (!on) co_return on.error();
    session& db = **on;
    if (auto const begun = co_await db.begin(limit); !begun) co_return begun.error();
    auto const there = co_await db.execute(
        "select to_regclass('demo.accounting_transactions') is not null from (select "
        "pg_advisory_xact_lock(hashtextextended('vanna demo', 0))) waited",
        params{}, limit);
    if (!there) co_return there.error();
    if ((*there)[0].boolean(0)) co_return false;
    for (auto const& file : demo::files())
        if (auto const made = co_await db.script(std::string(file.bytes), limit); !made)
            co_return made.error();
    if (auto const done = co_await db.commit(limit); !done) co_return done.error();
    co_return true;
}

}  // namespace vanna::postgres
