#include "jobs/backup_ability.hpp"

#include "core/async/work_pool.hpp"
#include "jobs/pg_dump.hpp"

namespace vanna::jobs {

awaitable<result<void>> can_back_up(backup_parts& with, deadline limit) {
    if (auto ok = co_await check_folder(with, false, limit); !ok) co_return ok.error();
    auto const dump = co_await offload(with.pool, [] { return pg_dump_version(); });
    if (!dump) co_return dump.error();
    co_return result<void>{};
}

}  // namespace vanna::jobs
