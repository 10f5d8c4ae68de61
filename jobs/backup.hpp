// Takes a backup: the System DB at one moment (pg_dump on an exported snapshot), the current collection of
// ChromaDB and the target file as they are then, in one signed archive in BACKUP_DIR. Runs as a job or from
// the command line, under the lock that every writer of ChromaDB and of the target takes.
#pragma once
#include "jobs/backup_parts.hpp"

namespace vanna::jobs {

struct backup_options {
    backup_kind kind = backup_kind::regular;
    bool encrypt = false;
    std::size_t keep = 7;       // BACKUP_RETENTION_COUNT
    unsigned threads = 2;       // of the compression
    bool adopt_folder = false;  // make BACKUP_DIR the folder of backups, whichever was it before
};

struct backup_report {
    backup_name name;
    std::uint64_t size = 0;  // of the archive
    std::map<std::string, std::int64_t> rows;
    std::size_t vectors = 0;
    std::uint64_t target_bytes = 0;     // 0: no target file in it
    std::vector<std::string> left_out;  // of a safety backup: what was lost before it
    // Until the archive was written, and until it was read again.
    std::chrono::milliseconds taken{}, verified{};
    std::vector<std::string> removed;  // sets that retention took
};

// conflict: BACKUP_DIR is not the folder that the System DB knows, the copy here is not the current target,
// the lock was lost. unavailable: a store, pg_dump or the disk. cancelled, deadline_exceeded. Nothing stays
// of one that fails. A safety backup does without a target file or a collection that is lost: it comes before
// the restore that brings them back.
awaitable<result<backup_report>> back_up(backup_parts& with, backup_options how, progress& told);

}  // namespace vanna::jobs
