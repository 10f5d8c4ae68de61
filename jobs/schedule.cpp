#include "jobs/schedule.hpp"

#include "core/async/pause.hpp"
#include "core/log.hpp"

namespace vanna::jobs {
namespace {

constexpr auto row_limit = std::chrono::seconds(10);
constexpr auto claimable_for = std::chrono::minutes(1);
constexpr auto claim_retry = std::chrono::seconds(1);
constexpr auto ability_retry = std::chrono::seconds(5);
constexpr std::chrono::microseconds longest_nap = std::chrono::seconds(30);  // the clock may be set meanwhile

awaitable<void> wait_until(instant due, schedule const& what) {
    for (auto time = what.clock(); time < due; time = what.clock())
        co_await pause_for(std::chrono::ceil<std::chrono::milliseconds>(std::min(due - time, longest_nap)));
}

awaitable<bool> claim(instant due, schedule const& what, store& rows) {
    while (what.clock() < due + claimable_for) {
        if (what.may_fire && !co_await what.may_fire()) {
            co_await pause_for(ability_retry);
            continue;
        }
        auto const claimed = co_await rows.claim(what.name, due, after(row_limit));
        if (claimed) co_return *claimed;
        log::warn("due time not claimed; it is tried again",
                  {{"schedule", what.name}, {"due", to_rfc3339(due)}, {"error", claimed.error().message}});
        co_await pause_for(claim_retry);
    }
    log::warn("due time not claimed by this process; the next one counts",
              {{"schedule", what.name}, {"due", to_rfc3339(due)}});
    co_return false;
}

}  // namespace

awaitable<void> keep(schedule what, store& rows) {
    for (auto due = what.when.next_after(what.clock()); due;
         due = what.when.next_after(std::max(*due, what.clock()))) {
        co_await wait_until(*due, what);
        try {
            if (!co_await claim(*due, what, rows)) continue;
            log::info("schedule is due", {{"schedule", what.name}, {"due", to_rfc3339(*due)}});
            co_await what.fire();
        } catch (std::exception const& e) {
            log::error("what was due threw", {{"schedule", what.name}, {"error", e.what()}});
        }
    }
    log::warn("schedule never comes due again", {{"schedule", what.name}});
}

}  // namespace vanna::jobs
