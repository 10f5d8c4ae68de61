#include "jobs/retention_plan.hpp"

namespace vanna::jobs {
namespace {

constexpr std::string_view kinds_at_work[] = {"verify", "restore"};

// Ids that a job works on, or that the current target database came from.
awaitable<result<std::set<std::string>>> ids_in_use(backup_parts& with, deadline limit) {
    std::set<std::string> out;
    for (auto type : kinds_at_work) {
        auto const at_work = co_await with.job_rows.running_of(std::string(type), limit);
        if (!at_work) co_return at_work.error();
        if (*at_work) out.insert((*at_work)->subject);
    }
    auto const seen = co_await with.replicas.read(limit);
    if (!seen) co_return seen.error();
    if (auto const id = backup_of_origin(seen->target.origin)) out.insert(*id);
    co_return out;
}

}  // namespace

awaitable<result<std::vector<retention_decision>>> plan_retention(backup_parts& with, std::size_t keep,
                                                                  deadline limit) {
    auto in_use = co_await ids_in_use(with, limit);
    if (!in_use) co_return in_use.error();
    auto sets = co_await offload(with.pool, [folder = with.folder] { return folder.list(); });
    if (!sets) co_return sets.error();
    co_return decide_retention(std::move(*sets), {.keep = keep, .in_use = std::move(*in_use)});
}

}  // namespace vanna::jobs
