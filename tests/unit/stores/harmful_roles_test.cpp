// Roles that are refused at start because they could do harm even in a read-only transaction. Where nobody
// looked at the role, and with neither a READ ONLY transaction nor a cursor, the guard alone refuses every
// statement before the server sees it.
#include <filesystem>

#include "tests/support/temporary_folder.hpp"
#include "tests/unit/stores/business.hpp"
#include "tests/unit/stores/harmful_statements.hpp"

namespace vanna::pg_target {
namespace {

using namespace test;

constexpr unsigned guard = unsigned(layer::guard),
                   guard_alone = unsigned(layer::read_only) | unsigned(layer::cursor) | unsigned(layer::role);

// After CREATE ROLE … LOGIN. Not one of them is a role that only may read.
constexpr std::string_view powers[] = {
    "superuser",
    "createrole createdb replication bypassrls",
    "in role pg_read_server_files",
    "in role pg_write_server_files",
    "in role pg_execute_server_program",
    "in role pg_signal_backend",
    "in role pg_write_all_data, pg_read_all_data",
    "in role pg_monitor, pg_read_all_settings, pg_read_all_stats, pg_stat_scan_tables",
    "in role pg_checkpoint",
};

postgres::address administrator(std::string database) {
    char const* const given = std::getenv("STORES_ADMIN_URL");
    BOOST_REQUIRE_MESSAGE(given, "STORES_ADMIN_URL must name the server's administrator for these tests");
    return postgres::address::parse(given)->with_database(std::move(database));
}

// Somebody else's connection, and what the administrator sees.
struct bystanders {
    std::unique_ptr<postgres::session> victim, administrator;

    static awaitable<bystanders> beside(business const& data) {
        bystanders out;
        out.victim = *co_await postgres::session::open(data.where(), after(5s));
        out.administrator =
            *co_await postgres::session::open(pg_target::administrator(data.name()), after(5s));
        co_return out;
    }
    static awaitable<std::string> ask(postgres::session& on, std::string sql) {
        auto const rows = co_await on.execute(sql, postgres::params{}, after(5s));
        co_return rows ? (*rows)[0].string(0) : "";
    }
    awaitable<std::string> pid() { return ask(*victim, "select pg_backend_pid()"); }
    // The role's rights and settings, and when its connections were last asked anything.
    awaitable<std::string> seen_of(std::string role) {
        return ask(*administrator,
                   "select concat_ws('|', (select r::text from pg_roles r where rolname = '" + role + "'), " +
                       "(select string_agg(roleid::text, ',' order by roleid) from pg_auth_members m "
                       "join pg_roles r on r.oid = m.member where rolname = '" +
                       role +
                       "'), (select string_agg(s::text, ',') from pg_db_role_setting s join pg_roles r on "
                       "r.oid = setrole where rolname = '" +
                       role +
                       "'), (select count(*) from pg_file_settings where name = 'geqo_seed'), (select "
                       "count(*) from pg_replication_slots where slot_name = 'vanna_trap'), (select "
                       "concat(count(*), max(query_start)) from pg_stat_activity where usename = '" +
                       role + "'))");
    }
};

struct harmful : business {
    harmful() { std::filesystem::permissions(folder.path(), std::filesystem::perms::all); }

    // Made by the administrator, gone when `body` has ended.
    template <class F>
    void with_role(std::string_view power, F body) {
        auto const role = "harmful_" + reader;
        as_administrator("create role " + role + " login password 'x' " + std::string(power) +
                         "; grant select on customers to " + role);
        body(where().with_login(role, "x"), role);
        as_administrator("drop owned by " + role + "; drop role " + role);
    }
    void as_administrator(std::string sql) const {
        run_coroutine([&]() -> awaitable<void> {
            auto session = co_await postgres::session::open(administrator(name()), after(5s));
            BOOST_REQUIRE_MESSAGE(session, session.error().detail);
            auto const done = co_await (*session)->script(sql, after(10s));
            BOOST_REQUIRE_MESSAGE(done, sql << ": " << done.error().detail);
        });
    }
    std::string file() const { return folder.path() + "/made"; }

    temporary_folder folder;
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(harmful_roles, harmful)

BOOST_AUTO_TEST_CASE(the_guard_alone_refuses_every_trap_before_the_server_sees_it) {
    auto const before = digest();
    for (auto power : powers)
        with_role(power, [&](postgres::address as, std::string const& role) {
            on_target(as, guard_alone, [&](database_target& target) -> awaitable<void> {
                auto others = co_await bystanders::beside(*this);
                auto const pid = co_await others.pid();
                auto const seen = co_await others.seen_of(role);
                for (auto const& trap : harmful_statements(pid, file())) {
                    auto const got = co_await target.open({.text = trap}, {.until = after(5s)});
                    BOOST_TEST((!got && got.error().code == errc::query_refused),
                               power << ": " << trap << ": " << (got ? "ran" : got.error().message));
                }
                BOOST_TEST(co_await others.seen_of(role) == seen, power);
                BOOST_TEST(co_await others.pid() == pid, power);
                BOOST_TEST((co_await asked(target, "SELECT count(*) FROM customers")).rows == "[50]");
            });
        });
    BOOST_TEST(files_below(folder.path()) == 0u);
    BOOST_TEST(digest() == before);
}

// So that the case above looks where harm shows.
BOOST_AUTO_TEST_CASE(without_the_guard_they_do_it) {
    auto const run = [&](std::string_view power, std::string_view trap) {
        bool is_alive = false;
        with_role(power, [&](postgres::address as, std::string const&) {
            on_target(as, guard | guard_alone, [&](database_target& target) -> awaitable<void> {
                auto others = co_await bystanders::beside(*this);
                auto const pid = co_await others.pid();
                (void)co_await asked(target, filled(filled(trap, "{victim}", pid), "{file}", file()));
                is_alive = co_await others.pid() == pid;
            });
        });
        return is_alive;
    };
    BOOST_TEST(!run("in role pg_signal_backend", "SELECT pg_terminate_backend({victim}, 1000)"));
    BOOST_TEST(run("in role pg_execute_server_program", "COPY (SELECT 1) TO PROGRAM 'touch {file}'"));
    BOOST_TEST(files_below(folder.path()) == 1u);
    std::filesystem::remove(file());
    run("in role pg_write_server_files", "COPY (SELECT 1) TO '{file}'");
    BOOST_TEST(files_below(folder.path()) == 1u);
}

BOOST_AUTO_TEST_CASE(and_at_the_start_each_is_refused) {
    for (auto power : powers) {
        bool const only_reads = power.starts_with("createrole") || power.ends_with("pg_stat_scan_tables") ||
                                power.ends_with("pg_checkpoint");
        if (only_reads) continue;
        with_role(power, [&](postgres::address as, std::string const&) {
            work_pool threads("test", 1, 16);
            auto const target = create_target(threads, {.where = as});
            run_coroutine([&]() -> awaitable<void> {
                auto const looked = co_await target->refresh(after(10s), nullptr);
                BOOST_TEST((!looked && looked.error().code == errc::conflict), power);
            });
        });
    }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vanna::pg_target
