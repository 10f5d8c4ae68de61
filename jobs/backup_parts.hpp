// What backups, verifications and restores work with: the stores, the folder and the keys.
#pragma once
#include "core/replica/state.hpp"
#include "db/postgres/pool.hpp"
#include "jobs/archive/keys.hpp"
#include "jobs/backup_folder.hpp"
#include "jobs/chroma_archive.hpp"
#include "jobs/scheduler.hpp"

namespace vanna::jobs {

// All outlive the job.
struct backup_parts {
    postgres::address system_db;
    postgres::pool& rows;
    chroma::client& chroma;
    store& job_rows;
    replica::store& replicas;
    work_pool& pool;
    backup_folder folder;
    archive::key_ring keys;
    std::string target_path;  // this replica's copy; empty: there is none
};

}  // namespace vanna::jobs
