// Verifies one backup set: reads everything again and compares it with the manifest; a drill also restores it
// into scratch stores (a database, a collection) and counts what arrived there. Nothing current is touched.
#pragma once
#include "jobs/backup.hpp"

namespace vanna::jobs {

// {backup_id, signature, encrypted, created_at, migration, dump_entries, rows, vectors, target_bytes,
// drilled}. invalid_input with an "archive-…" type: the archive is damaged or was changed. The set's record
// says afterwards what was found.
awaitable<result<boost::json::object>> verify(backup_parts& with, backup_set set, bool drill, progress& told);

// Scratch stores that drills and restores left behind when their process was killed; how many were dropped.
// conflict: one is at work in its scratch.
awaitable<result<std::size_t>> sweep_scratch(backup_parts& with, lock_store& locks, deadline limit);

}  // namespace vanna::jobs
