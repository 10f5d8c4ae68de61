// Puts a backup in place of everything current: the System DB's rows, the target file, the vectors. All of it
// is prepared beside what is in use (a scratch database, a file, a collection that nobody asks); then one
// transaction in the System DB makes it current everywhere, or nothing does. Writers are kept away from
// before the safety backup until then. A journal in BACKUP_DIR lets whoever looks next settle a restore whose
// process was killed.
#pragma once
#include "core/ask/embedder.hpp"
#include "jobs/backup.hpp"
#include "jobs/restore_journal.hpp"

namespace vanna::jobs {

// All outlive the job.
struct restore_parts {
    backup_parts& stores;
    ask::embedder& embedder;
    backup_options safety;                      // of the backup before
    std::string base_name = "vanna_knowledge";  // CHROMA_COLLECTION
    std::size_t batch_size = 100;               // CHROMA_BATCH_SIZE
    bool with_values = true;                    // may the embedder see sample values
    std::chrono::seconds token_life{3600};      // JWT_TTL_SECONDS
    // Makes this replica's copy the current target, as far as that can be done: the safety backup takes it.
    std::function<awaitable<result<void>>(deadline, std::shared_ptr<sql::stop_flag>)> follow_target = {};
    // Where the target is read in place, so that no archive brings it: its schema; null when it is away.
    std::function<awaitable<std::shared_ptr<sql::schema const>>(deadline)> schema_in_place = {};
    // For tests only: called with the name of each step before it is taken.
    std::function<void(std::string_view)> at_step = {};
};

struct restore_wish {
    backup_set set;
    bool trust = false;  // the command line's --trust: also unsigned archives, and those of another machine
    std::string requested_by;
};

// Whether restore() would begin with that archive, from its first member: not_found, conflict (BACKUP_DIR),
// and what is wrong with it.
awaitable<result<void>> may_restore(restore_parts& with, restore_wish const& what, deadline limit);

// {backup_id, safety_backup_id, safety_left_out, signature, rows, target_version, collection, vectors: {kept,
// embedded}}. The locks "jobs" and "restore" are held. invalid_input or forbidden: the archive ("archive-…").
// unavailable: a store, a program or the disk. cancelled, deadline_exceeded, conflict (the lock or the
// maintenance was lost). After any failure everything is as it was, or the message says that this is not
// known yet and will be settled.
awaitable<result<boost::json::object>> restore(restore_parts& with, restore_wish what, progress& told);

// What became of a restore whose process is gone; the lock "jobs" is held. Nothing: there was none.
// `committed`: it stands; else everything is as it was. Its job's row says so too. unavailable: not all of it
// could be cleaned up, the journal stays for the next look.
struct settled_restore {
    restore_journal journal;
    bool committed = false;
};
awaitable<result<std::optional<settled_restore>>> settle_left_over(restore_parts& with, deadline limit);

// Undoes or finishes what `journal` names, and removes it. True: the restore was committed.
awaitable<result<bool>> settle(restore_parts& with, restore_journal journal, deadline limit);

// Where nobody holds the lock: settles what was left, and ends maintenance whose restore is over. Called at
// start and every few seconds by every replica.
awaitable<result<void>> look_after_restores(restore_parts& with, lock_store& locks, deadline limit);

}  // namespace vanna::jobs
