// The step of a restore that changes the live System DB: one transaction, which leaves everything as it was
// or everything as the archive has it. Rows come from a scratch database, read there as its own role, and are
// parsed anew by the live database: known columns of known tables as text, never a statement. Readers are not
// kept waiting; writers wait until the end, and maintenance keeps them away meanwhile.
#pragma once
#include <functional>

#include "core/audit/entry.hpp"
#include "core/replica/state.hpp"
#include "db/postgres/address.hpp"
#include "db/postgres/snapshot.hpp"

namespace vanna::postgres {

struct flip {
    uuid job;                                     // holds the maintenance that ends with the flip
    std::optional<replica::target_state> target;  // nothing: the live ones stay; revisions are the row's own
    std::optional<replica::knowledge_state> knowledge;
    std::chrono::seconds token_life{};
    audit::entry entry;  // of the restore; by its id settle_flip() knows afterwards what became of the flip
    std::function<result<void>()> may_go_on;                 // asked every few rows
    std::function<awaitable<result<void>>()> before_commit;  // the last chance to give up
};

// Tables are treated as system_tables() says. Besides, every user's session_epoch passes the greater of live
// and archive, access tokens of all users of either are revoked, jobs that the archive shows under way come
// in as failed. Rows that came in, by table. invalid_input with type "archive-rows": the archive's rows do
// not fit, and which table says so. conflict with type "maintenance-lost": the maintenance of `job` was
// ended. Both leave the live database untouched, as every failure does but one: after `unavailable` or
// `deadline_exceeded` settle_flip() knows.
awaitable<result<row_counts>> restore_rows(address live, address scratch, flip what, deadline limit);

// Once maintenance is on: waits for the changes that began before it, so that whatever was acknowledged is
// there to be backed up. Later ones are refused by a trigger.
awaitable<result<void>> wait_for_writers(address live, deadline limit);

// Whether the flip with that entry was committed. If it was not, it never will be: its maintenance ends here,
// which a flip under way is waited for, and a later one stumbles over.
awaitable<result<bool>> settle_flip(address live, uuid job, uuid entry, deadline limit);

}  // namespace vanna::postgres
