#include "tests/unit/stores/scratch_database.hpp"

#include <boost/url/url.hpp>
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

std::string url() {
    char const* const given = std::getenv("DATABASE_URL");
    BOOST_REQUIRE_MESSAGE(given, "DATABASE_URL must name a PostgreSQL server for these tests");
    return given;
}

// Lost connections are what many of these tests are about.
struct quiet_log {
    quiet_log() { log::set_level(log::level::error); }
};

}  // namespace

BOOST_TEST_GLOBAL_FIXTURE(quiet_log);

postgres::address server(std::string database) {
    return postgres::address::parse(url())->with_database(std::move(database));
}

postgres::address server_at(unsigned short port, std::string database) {
    boost::urls::url changed(url());
    changed.set_host("127.0.0.1").set_port_number(port);
    return postgres::address::parse(std::string(changed.buffer()))->with_database(std::move(database));
}

asio::ip::tcp::endpoint server_endpoint() {
    boost::urls::url const whole(url());
    return {asio::ip::make_address(std::string(whole.host_address())),
            whole.has_port() ? whole.port_number() : std::uint16_t(5432)};
}

scratch_database::scratch_database() : name_("store_test_" + to_string(new_id())) {
    on(server("postgres"), "create database \"" + name_ + "\"");
}

// Not WITH (FORCE): that fails when autovacuum, which belongs to another role, looks at the database. Without
// it the server waits some seconds for connections that are closing.
scratch_database::~scratch_database() {
    run_coroutine(
        [&]() -> awaitable<void> {
            auto const admin = co_await postgres::session::open(server("postgres"), after(5s));
            for (int attempt = 0; admin && attempt < 5; ++attempt)
                if (co_await (*admin)->script("drop database \"" + name_ + "\"", after(20s))) co_return;
            BOOST_TEST_MESSAGE("the database " << name_ << " could not be dropped");
        },
        120s);
}

postgres::address scratch_database::where() const {
    return server(name_);
}

void scratch_database::run(std::string sql) const {
    run_coroutine([&]() -> awaitable<void> {
        auto session = co_await postgres::session::open(where(), after(5s));
        BOOST_REQUIRE_MESSAGE(session, session.error().detail);
        // As who restores: also what stands before maintenance is written while it is on.
        auto const done = co_await (*session)->script("set vanna.restore = 'on';" + sql, after(10s));
        BOOST_REQUIRE_MESSAGE(done, sql << ": " << done.error().detail);
    });
}

std::string scratch_database::ask(std::string sql) const {
    return on(where(), std::move(sql));
}

}  // namespace vanna::test
