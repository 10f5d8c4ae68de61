#include "jobs/backup_ability.hpp"

#include "core/async/work_pool.hpp"
#include "db/postgres/backup_marker.hpp"
#include "jobs/pg_dump.hpp"

namespace vanna::jobs {
namespace {

error wrong_folder(backup_folder const& folder, std::optional<uuid> const& seen, uuid known) {
    return error{errc::conflict,
                 public_text{"BACKUP_DIR " + folder.path().string() +
                             (seen ? " has the marker " + to_string(*seen) : " has no marker") +
                             ", but the backups are in the folder with the marker " + to_string(known) +
                             ": mount that folder here, or make this one the folder of backups with "
                             "`vanna-engine backup create --adopt-folder`"}}
        .with_type("backup-folder");
}

}  // namespace

awaitable<result<void>> check_folder(backup_parts& with, bool adopt, deadline limit) {
    auto const seen = co_await offload(with.pool, [folder = with.folder] { return folder.marker(); });
    if (!seen) co_return seen.error();
    auto const known = co_await postgres::recorded_backup_marker(with.rows, limit);
    if (!known) co_return known.error();
    if (*known && *known == *seen) co_return result<void>{};
    if (*known && !adopt) co_return wrong_folder(with.folder, *seen, **known);
    auto const made = co_await offload(with.pool, [folder = with.folder] { return folder.make_marker(); });
    if (!made) co_return made.error();
    auto const recorded = co_await postgres::record_backup_marker(with.rows, *made, adopt, limit);
    if (!recorded) co_return recorded.error();
    if (*recorded != *made) co_return wrong_folder(with.folder, *made, *recorded);
    co_return result<void>{};
}

awaitable<result<void>> can_back_up(backup_parts& with, deadline limit) {
    if (auto ok = co_await check_folder(with, false, limit); !ok) co_return ok.error();
    auto const dump = co_await offload(with.pool, [] { return pg_dump_version(); });
    if (!dump) co_return dump.error();
    co_return result<void>{};
}

}  // namespace vanna::jobs
