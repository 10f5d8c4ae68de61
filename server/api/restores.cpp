#include "core/admin/restores.hpp"

#include "server/api/handlers.hpp"
#include "server/api/reply.hpp"

namespace vanna::api {

// What everybody sees is replaced: the wish is in the trail before, the restore itself within its
// transaction.
awaitable<reply> restore_backup(context& c, http::request& r) {
    if (auto ok = confirmed(r); !ok) co_return ok.error();
    std::string const id(r.parameter("id"));
    co_return co_await audited(c, r, "backup.restore", "backups/" + id, nullptr, [&]() -> awaitable<reply> {
        auto const job = co_await c.restores.restore(id, who(r).email, r.limit);
        if (!job) co_return job.error();
        co_return accepted(*job, "/api/v1/admin/db/restore/status/" + to_string(job->id));
    });
}

}  // namespace vanna::api
