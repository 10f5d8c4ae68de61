#include "core/admin/database_stats.hpp"
#include "core/json_values.hpp"
#include "server/api/body.hpp"
#include "server/api/handlers.hpp"
#include "server/api/reply.hpp"
#include "server/api/views.hpp"

namespace vanna::api {
namespace {

result<std::string> table_of(http::request const& r) {
    if (r.body.empty()) return std::string();
    auto body = body_reader::parse(r.body);
    if (!body) return body.error();
    auto const table = body->optional_text("table", 1, 200);
    if (auto ok = body->done(); !ok) return ok.error();
    return table.value_or("");
}

}  // namespace

awaitable<reply> get_database_health(context& c, http::request& r) {
    auto const h = co_await c.database.health(r.limit);
    if (!h) co_return h.error();
    note(c, entry_of(r, "database.health", "database", "success"));
    co_return json_reply(200, boost::json::object{{"version", h->version},
                                                  {"version_number", h->version_number},
                                                  {"database", h->database},
                                                  {"role", h->role},
                                                  {"is_read_only", h->is_read_only},
                                                  {"bytes", h->bytes},
                                                  {"connections", h->connections},
                                                  {"max_connections", h->max_connections},
                                                  {"latency_ms", double(h->latency.count()) / 1000},
                                                  {"pools", c.pools()}});
}

awaitable<reply> get_database_stats(context& c, http::request& r) {
    auto const tables = co_await c.database.tables(r.limit);
    if (!tables) co_return tables.error();
    note(c, entry_of(r, "database.stats", "database", "success"));
    boost::json::array items;
    for (auto const& t : *tables)
        items.push_back(boost::json::object{{"name", t.name},
                                            {"bytes", t.bytes},
                                            {"rows", t.rows},
                                            {"dead_rows", t.dead_rows},
                                            {"last_vacuum", or_null(t.last_vacuum)},
                                            {"last_analyze", or_null(t.last_analyze)}});
    co_return json_reply(200, boost::json::object{{"items", std::move(items)}, {"next_cursor", nullptr}});
}

awaitable<reply> get_golden_copy(context& c, http::request& r) {
    note(c, entry_of(r, "golden_copy.read", "golden_copy", "success"));
    auto const status = co_await c.golden.status(r.limit);
    if (!status) co_return status.error();
    co_return json_reply(200, *status);
}

awaitable<reply> reset_golden_copy(context& c, http::request& r) {
    if (auto ok = confirmed(r); !ok) co_return ok.error();
    co_return co_await audited(c, r, "golden_copy.reset", "golden_copy", nullptr, [&]() -> awaitable<reply> {
        auto const job = co_await c.golden.reset(who(r).email, r.limit);
        if (!job) co_return job.error();
        co_return accepted(*job, "/api/v1/admin/db/golden-copy/status/" + to_string(job->id));
    });
}

awaitable<reply> vacuum_database(context& c, http::request& r) {
    auto const table = table_of(r);
    if (!table) co_return table.error();
    if (!table->empty()) {
        auto const all = co_await c.database.tables(r.limit);
        if (!all) co_return all.error();
        if (std::ranges::find(*all, *table, &admin::table_stats::name) == all->end())
            co_return error{errc::not_found,
                            public_text{"there is no table \"" + *table +
                                        "\" in the System DB; GET /api/v1/admin/db/stats lists them"}};
    }
    co_return co_await audited(
        c, r, "database.vacuum", "database", {{"table", *table}}, [&]() -> awaitable<reply> {
            auto const job = co_await c.vacuum(*table, who(r).email);
            if (!job) co_return job.error();
            co_return accepted(*job, "/api/v1/admin/db/vacuum/status/" + to_string(job->id));
        });
}

}  // namespace vanna::api
