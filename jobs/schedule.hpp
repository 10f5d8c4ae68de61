// Work that comes due by the clock, once in the whole cluster: every process waits, and the row in
// `schedules` gives each due time to one of them.
#pragma once
#include <functional>

#include "config/cron.hpp"
#include "core/jobs/job.hpp"

namespace vanna::jobs {

struct schedule {
    std::string name;  // in the row; every process uses the same
    config::cron when;
    std::function<awaitable<void>()> fire;
    // Asked before a due time is claimed: false where this process cannot do the work, so that one that can
    // claims it. Empty: always.
    std::function<awaitable<bool>()> may_fire = {};
    std::function<instant()> clock = now;
};

// Waits for each due time, claims it and fires, until it is cancelled. Where PostgreSQL is away, or may_fire
// says no, the claim is tried again for a minute. A due time that nobody was up for is not caught up: the
// next one fires.
awaitable<void> keep(schedule what, store& rows);

}  // namespace vanna::jobs
