// What PostgreSQL tells of itself: sizes, rows, vacuum, version; and VACUUM on a connection of its own.
#include "core/admin/database_stats.hpp"

#include "core/async/unless_stopped.hpp"
#include "db/postgres/stores.hpp"

namespace vanna::postgres {
namespace {

constexpr statement table_stats_now{
    "table_stats",
    "select case when schemaname = current_schema() then relname else schemaname || '.' || relname end, "
    "pg_total_relation_size(relid), n_live_tup, n_dead_tup, greatest(last_vacuum, last_autovacuum), "
    "greatest(last_analyze, last_autoanalyze) from pg_stat_user_tables order by 2 desc, 1"};
constexpr statement database_health_now{
    "database_health",
    "select current_setting('server_version'), current_setting('server_version_num')::int, "
    "current_database(), current_user, pg_is_in_recovery(), pg_database_size(current_database()), (select "
    "count(*) from pg_stat_activity where backend_type = 'client backend'), "
    "current_setting('max_connections')::int"};
// Only a table that exists is named to VACUUM, quoted by the server.
constexpr statement quoted_table{"quoted_table",
                                 "select format('%I.%I', schemaname, relname) from pg_stat_user_tables where "
                                 "schemaname || '.' || relname = "
                                 "$1::text or (schemaname = current_schema() and relname = $1::text)"};

class database_statistics final : public admin::database_stats {
  public:
    explicit database_statistics(pool& on) : pool_(on) {}

    awaitable<result<std::vector<admin::table_stats>>> tables(deadline limit) override {
        auto const found = co_await pool_.read(table_stats_now, params{}, limit);
        if (!found) co_return found.error();
        std::vector<admin::table_stats> out;
        for (int i = 0; i < found->size(); ++i) {
            auto const r = (*found)[i];
            out.push_back({r.string(0), std::uint64_t(r.integer(1)), r.integer(2), r.integer(3),
                           r.maybe_time(4), r.maybe_time(5)});
        }
        co_return out;
    }

    awaitable<result<admin::database_health>> health(deadline limit) override {
        auto const asked = std::chrono::steady_clock::now();
        auto const found = co_await pool_.read(database_health_now, params{}, limit);
        if (!found) co_return found.error();
        auto const r = (*found)[0];
        co_return admin::database_health{.version = r.string(0),
                                         .version_number = int(r.integer(1)),
                                         .database = r.string(2),
                                         .role = r.string(3),
                                         .is_read_only = r.boolean(4),
                                         .bytes = std::uint64_t(r.integer(5)),
                                         .connections = int(r.integer(6)),
                                         .max_connections = int(r.integer(7)),
                                         .latency = std::chrono::duration_cast<std::chrono::microseconds>(
                                             std::chrono::steady_clock::now() - asked)};
    }

    awaitable<result<void>> vacuum(std::string table, std::shared_ptr<sql::stop_flag> stop,
                                   deadline limit) override {
        auto const quoted = co_await pool_.read(quoted_table, params(table), limit);
        if (!quoted) co_return quoted.error();
        if (quoted->empty()) co_return error{errc::not_found, public_text{"there is no table " + table}};
        auto on = co_await session::open(pool_.where().with_statement_timeout({}), limit);
        if (!on) co_return on.error();
        // Hanging up is how the statement is cancelled, so the server has to notice it.
        if (auto ok = co_await (*on)->script("set client_connection_check_interval = 500", limit); !ok)
            co_return ok.error();
        co_return co_await unless_stopped((*on)->script("vacuum (analyze) " + (*quoted)[0].string(0), limit),
                                          stop);
    }

  private:
    pool& pool_;
};

}  // namespace

std::unique_ptr<admin::database_stats> create_database_stats(pool& on) {
    return std::make_unique<database_statistics>(on);
}

}  // namespace vanna::postgres
