#include "jobs/vacuum.hpp"

namespace vanna::jobs {
namespace {

constexpr auto look_limit = std::chrono::seconds(10);

std::uint64_t size_of(std::vector<admin::table_stats> const& tables, std::string const& only) {
    std::uint64_t out = 0;
    for (auto const& t : tables)
        if (only.empty() || t.name == only) out += t.bytes;
    return out;
}

awaitable<result<boost::json::value>> vacuum(admin::database_stats& database, std::string only, progress& p) {
    auto const before = co_await database.tables(after(look_limit));
    if (!before) co_return before.error();
    std::size_t done = 0, gone = 0;
    for (auto const& table : *before) {
        if (!only.empty() && table.name != only) continue;
        p.at("vacuuming " + table.name, only.empty() ? int(100 * (done + gone) / before->size()) : 0);
        if (p.cancelled())
            co_return error{errc::cancelled, public_text{"it was stopped before " + table.name}};
        auto const ok = co_await database.vacuum(table.name, p.stop(), p.limit());
        // Partitions come and go.
        if (!ok && (ok.error().code != errc::not_found || !only.empty())) co_return ok.error();
        ++(ok ? done : gone);
    }
    auto const now = co_await database.tables(after(look_limit));
    if (!now) co_return now.error();
    co_return boost::json::value{
        {"tables", done}, {"bytes_before", size_of(*before, only)}, {"bytes_after", size_of(*now, only)}};
}

}  // namespace

awaitable<result<job>> start_vacuum(scheduler& by, admin::database_stats& database, std::string table,
                                    std::string requested_by) {
    co_return co_await by.submit(
        {.type = "vacuum", .requested_by = std::move(requested_by), .subject = table},
        [&database, table](progress& p) { return vacuum(database, table, p); });
}

}  // namespace vanna::jobs
