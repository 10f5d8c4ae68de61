#include "tests/unit/stores/scratch_database.hpp"

#include <cstdlib>

#include "core/log.hpp"

namespace vanna::test {
namespace {

std::string on(postgres::address where, std::string sql) {
    std::string out;
    run_coroutine([&]() -> awaitable<void> {
        auto session = co_await postgres::session::open(where, after(5s));
        BOOST_REQUIRE_MESSAGE(session, session.error().detail);
        auto const rows = co_await (*session)->execute(sql, postgres::params{}, after(10s));
        BOOST_REQUIRE_MESSAGE(rows, sql << ": " << rows.error().detail);
        if (!rows->empty()) out = (*rows)[0].string(0);
    });
    return out;
}

// Lost connections are what many of these tests are about.
struct quiet_log {
    quiet_log() { log::set_level(log::level::error); }
};

}  // namespace

BOOST_TEST_GLOBAL_FIXTURE(quiet_log);

postgres::address server(std::string database) {
    char const* const url = std::getenv("DATABASE_URL");
    BOOST_REQUIRE_MESSAGE(url, "DATABASE_URL must name a PostgreSQL server for these tests");
    return postgres::address::parse(url)->with_database(std::move(database));
}

scratch_database::scratch_database() : name_("store_test_" + to_string(new_id())) {
    on(server("postgres"), "create database \"" + name_ + "\"");
}

scratch_database::~scratch_database() {
    on(server("postgres"), "drop database \"" + name_ + "\" with (force)");
}

postgres::address scratch_database::where() const {
    return server(name_);
}

void scratch_database::run(std::string sql) const {
    run_coroutine([&]() -> awaitable<void> {
        auto session = co_await postgres::session::open(where(), after(5s));
        BOOST_REQUIRE_MESSAGE(session, session.error().detail);
        auto const done = co_await (*session)->script(sql, after(10s));
        BOOST_REQUIRE_MESSAGE(done, sql << ": " << done.error().detail);
    });
}

std::string scratch_database::ask(std::string sql) const {
    return on(where(), std::move(sql));
}

}  // namespace vanna::test
