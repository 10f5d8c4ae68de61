#include "server/app/unasked.hpp"

#include "core/audit/administrative.hpp"
#include "core/log.hpp"

namespace vanna::app {
namespace {

constexpr auto audit_limit = std::chrono::seconds(10);

}  // namespace

awaitable<void> start_unasked(audit::store& trail, unasked what,
                              std::function<awaitable<result<jobs::job>>()> start) {
    audit::entry const attempt{.email = what.requested_by,
                               .action = what.action,
                               .resource = what.resource,
                               .changes = {{"reason", what.reason}},
                               .status = "attempt"};
    auto noted = co_await trail.append({attempt}, after(audit_limit));
    auto const started = noted ? co_await start() : result<jobs::job>(noted.error());
    if (started)
        log::info("a job begins by itself",
                  {{"action", what.action}, {"reason", what.reason}, {"job", to_string(started->id)}});
    else
        log::warn("a job did not begin by itself",
                  {{"action", what.action}, {"reason", what.reason}, {"error", started.error().message}});
    if (!noted) co_return;
    auto const failure = started ? std::nullopt : std::optional(started.error().code);
    noted = co_await trail.append({audit::outcome_of(attempt, failure)}, after(audit_limit));
    if (!noted)
        log::warn("the start of a job was not audited",
                  {{"action", what.action}, {"error", noted.error().message}});
}

}  // namespace vanna::app
