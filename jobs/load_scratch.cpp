#include "jobs/load_scratch.hpp"

#include "core/async/unless_stopped.hpp"
#include "db/postgres/migrate.hpp"
#include "db/postgres/snapshot.hpp"
#include "jobs/pg_tools.hpp"

namespace vanna::jobs {
namespace {

error newer(std::string const& theirs) {
    return error{
        errc::invalid_input,
        public_text{"the backup was taken by a later release: its system database has the migration " +
                    theirs + ", this program knows up to " + postgres::known_migrations().back() +
                    "; restore it with that release"}}
        .with_type("archive-newer");
}

error disagrees(std::string const& table, std::int64_t wanted, std::string const& found) {
    return error{errc::invalid_input,
                 public_text{"the backup does not restore to what its manifest says: " + table + " has " +
                             found + ", expected " + std::to_string(wanted) + " rows"}}
        .with_type("archive-counts-differ");
}

result<void> compare(archive::manifest const& what, postgres::row_counts const& found) {
    for (auto const& [table, wanted] : what.rows) {
        auto const there = found.find(table);
        if (there == found.end()) return disagrees(table, wanted, "no table");
        if (there->second != wanted) return disagrees(table, wanted, std::to_string(there->second) + " rows");
    }
    return {};
}

// What is said of a table that is amiss there must not send anybody to the live database.
error of_archive(error why) {
    why.code = errc::invalid_input;
    why.message = "the archive's tables are not this engine's: " + why.message;
    return why;
}

}  // namespace

result<void> require_known_migration(archive::manifest const& what) {
    auto const known = postgres::known_migrations();
    if (std::ranges::find(known, what.migration) != known.end()) return {};
    return newer(what.migration);
}

awaitable<result<void>> load_scratch(postgres::scratch into, std::string dump, archive::manifest what,
                                     work_pool& pool, watch until) {
    auto const environment = into.where.environment();
    if (!environment) co_return environment.error();
    auto const loaded = co_await offload(
        pool, [environment = *environment, dump, until] { return load_dump(environment, dump, until); });
    if (!loaded) co_return loaded.error();
    auto const rows = co_await unless_stopped(postgres::count_rows(into.where, until.until), until.stop);
    if (!rows) co_return rows.error();
    if (auto const same = compare(what, *rows); !same) co_return same.error();
    auto const migrated = co_await unless_stopped(postgres::migrate(into.where, until.until), until.stop);
    if (!migrated && migrated.error().code == errc::conflict) co_return of_archive(migrated.error());
    if (!migrated) co_return migrated.error();
    if (!migrated->unknown.empty()) co_return newer(migrated->unknown.back());
    auto const ours = co_await unless_stopped(postgres::validate_schema(into.where, until.until), until.stop);
    if (!ours && ours.error().code == errc::conflict) co_return of_archive(ours.error());
    co_return ours;
}

}  // namespace vanna::jobs
