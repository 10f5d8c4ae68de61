// What an administrator changes is in the audit trail before it happens, and again with its outcome. Called
// around every mutating admin action of the API and the command line.
#pragma once
#include "core/log.hpp"
#include "core/query/record.hpp"

namespace vanna::audit {

// The entry that tells how `attempt` went: same action and resource, an id of its own.
entry outcome_of(entry const& attempt, std::optional<errc> failure);

// Commits `attempt` (else nothing happens and its error is the answer), runs `act`, commits the outcome. An
// outcome that PostgreSQL cannot take any more goes to the spool. `act` must hold what it refers to until
// then.
template <class T>
awaitable<result<T>> administrative(store& trail, query::recorder& spool, entry attempt,
                                    awaitable<result<T>> act, deadline limit) {
    attempt.status = "attempt";
    if (auto committed = co_await trail.append({attempt}, limit); !committed) co_return committed.error();
    auto done = co_await std::move(act);
    auto const outcome = outcome_of(attempt, done ? std::nullopt : std::optional(done.error().code));
    auto const grace = std::max(limit, after(std::chrono::seconds(2)));
    if (auto committed = co_await trail.append({outcome}, grace); !committed)
        if (!spool.append(query::audit_only(outcome)))
            log::error(
                "the outcome of an administrative action could not be audited",
                {{"action", outcome.action}, {"resource", outcome.resource}, {"status", outcome.status}});
    co_return done;
}

}  // namespace vanna::audit
