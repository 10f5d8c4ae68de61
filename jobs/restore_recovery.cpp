// What is done about restores whose process is gone. The System DB alone decides: the audit entry of a
// restore is there exactly when its transaction was committed.
#include "core/log.hpp"
#include "db/chroma/names.hpp"
#include "db/postgres/backup_marker.hpp"
#include "db/postgres/restore_rows.hpp"
#include "db/postgres/scratch.hpp"
#include "jobs/restore.hpp"
#include "jobs/restore_target.hpp"

namespace vanna::jobs {
namespace {

awaitable<result<void>> drop_collection(restore_parts& with, std::string name, deadline limit) {
    auto const gone = co_await with.stores.chroma.drop(name, limit);
    if (!gone && gone.error().code != errc::not_found) co_return gone.error();
    co_return result<void>{};
}

// What the restore made and nobody was sent to.
awaitable<result<void>> undo(restore_parts& with, restore_journal const& journal, deadline limit) {
    auto const seen = co_await with.stores.replicas.read(limit);
    if (!seen) co_return seen.error();
    if (!journal.target_version.empty() && journal.target_version != seen->target.version) {
        auto const gone = co_await offload(with.stores.pool,
                                           [folder = with.stores.folder, version = journal.target_version] {
                                               return remove_target(folder, version);
                                           });
        if (!gone) co_return gone;
    }
    if (journal.collection == seen->knowledge.collection ||
        !chroma::generation_of(journal.collection, with.base_name))
        co_return result<void>{};
    co_return co_await drop_collection(with, journal.collection, limit);
}

// Not another restore's, which may have begun since.
result<void> remove_own(backup_folder const& folder, uuid job) {
    auto const there = read_journal(folder);
    if (!there) return there.error();
    if (!*there || (*there)->job != job) return {};
    return remove_journal(folder);
}

awaitable<result<void>> tell_in_its_row(restore_parts& with, settled_restore const& done, deadline limit) {
    auto found = co_await with.stores.job_rows.get(done.journal.job, limit);
    if (!found && found.error().code == errc::not_found) co_return result<void>{};
    if (!found) co_return found.error();
    if (found->state == state::succeeded || (!done.committed && found->state == state::cancelled))
        co_return result<void>{};
    found->state = done.committed ? state::succeeded : state::failed;
    if (!found->finished_at) found->finished_at = now();
    if (done.committed) {
        found->error.clear();
        found->stage = "done";
        found->progress = 100;
        found->result = boost::json::serialize(
            boost::json::object{{"backup_id", done.journal.backup_id}, {"settled_later", true}});
    } else {
        found->error = "the process that ran it ended while " + done.journal.stage +
                       "; it was undone, everything is as it was";
    }
    auto const saved = co_await with.stores.job_rows.save(*found, limit);
    if (!saved && saved.error().code != errc::not_found) co_return saved.error();
    co_return result<void>{};
}

awaitable<result<bool>> sees_its_folder(restore_parts& with, deadline limit) {
    auto const known = co_await postgres::recorded_backup_marker(with.stores.rows, limit);
    if (!known) co_return known.error();
    auto const there =
        co_await offload(with.stores.pool, [folder = with.stores.folder] { return folder.marker(); });
    co_return *known&& there && *there == *known;
}

// True: it holds maintenance for a restore, and the lock that a restore holds is ours.
awaitable<result<bool>> is_stale(restore_parts& with, replica::maintenance const& what, deadline limit) {
    if (!what.active || what.holder.is_nil()) co_return false;
    auto const holder = co_await with.stores.job_rows.get(what.holder, limit);
    if (holder) co_return holder->type == "restore" || holder->finished_at.has_value();
    if (holder.error().code != errc::not_found) co_return holder.error();
    co_return true;  // nobody is left who could end it
}

awaitable<result<void>> end_stale_maintenance(restore_parts& with, deadline limit) {
    auto const seen = co_await with.stores.replicas.read(limit);
    if (!seen) co_return seen.error();
    auto const stale = co_await is_stale(with, seen->maintenance, limit);
    if (!stale) co_return stale.error();
    if (!*stale) co_return result<void>{};
    auto const ended =
        co_await postgres::settle_flip(with.stores.system_db, seen->maintenance.holder, uuid{}, limit);
    if (!ended) co_return ended.error();
    log::warn("maintenance of a restore that is over was ended",
              {{"job", to_string(seen->maintenance.holder)}, {"reason", seen->maintenance.reason}});
    co_return result<void>{};
}

}  // namespace

awaitable<result<bool>> settle(restore_parts& with, restore_journal journal, deadline limit) {
    auto const committed =
        co_await postgres::settle_flip(with.stores.system_db, journal.job, journal.entry, limit);
    if (!committed) co_return committed.error();
    if (!journal.scratch.empty()) {
        auto const dropped = co_await postgres::drop_scratch(with.stores.system_db, journal.scratch, limit);
        if (!dropped) co_return dropped.error();
    }
    if (!*committed)
        if (auto const undone = co_await undo(with, journal, limit); !undone) co_return undone.error();
    auto const removed = co_await offload(with.stores.pool, [folder = with.stores.folder, job = journal.job] {
        return remove_own(folder, job);
    });
    if (!removed) co_return removed.error();
    co_return *committed;
}

awaitable<result<std::optional<settled_restore>>> settle_left_over(restore_parts& with, deadline limit) {
    auto const left =
        co_await offload(with.stores.pool, [folder = with.stores.folder] { return read_journal(folder); });
    if (!left) co_return left.error();
    if (!*left) co_return std::optional<settled_restore>();
    auto const committed = co_await settle(with, **left, limit);
    if (!committed) co_return committed.error();
    settled_restore const done{**left, *committed};
    (void)co_await offload(with.stores.pool, [folder = with.stores.folder]() -> result<void> {
        folder.sweep();
        return {};
    });
    log::warn(done.committed ? "a restore whose process had ended was finished"
                             : "a restore whose process had ended was undone",
              {{"job", to_string(done.journal.job)},
               {"backup", done.journal.backup_id},
               {"stage", done.journal.stage}});
    if (auto const told = co_await tell_in_its_row(with, done, limit); !told)
        log::warn("the row of a settled restore was not changed", {{"error", told.error().message}});
    co_return std::optional(done);
}

awaitable<result<void>> look_after_restores(restore_parts& with, lock_store& locks, deadline limit) {
    // The folder of another installation has journals of its own.
    auto const is_ours = co_await sees_its_folder(with, limit);
    if (!is_ours) co_return is_ours.error();
    result<std::optional<restore_journal>> left = std::optional<restore_journal>();
    if (*is_ours)
        left = co_await offload(with.stores.pool,
                                [folder = with.stores.folder] { return read_journal(folder); });
    if (!left) co_return left.error();
    auto const seen = co_await with.stores.replicas.read(limit);
    if (!seen) co_return seen.error();
    if (!*left && !(seen->maintenance.active && !seen->maintenance.holder.is_nil())) co_return result<void>{};
    auto const held = co_await locks.try_lock("jobs", lock_mode::exclusive, limit);
    if (!held && held.error().code == errc::conflict) co_return result<void>{};  // it is on its way
    if (!held) co_return held.error();
    if (*is_ours)
        if (auto const settled = co_await settle_left_over(with, limit); !settled) co_return settled.error();
    co_return co_await end_stale_maintenance(with, limit);
}

}  // namespace vanna::jobs
