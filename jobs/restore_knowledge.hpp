// The vectors of a restore: a new collection of the documents that the restored terms, pairs and schema make,
// with the archive's vectors where it has them and new ones where it lacks them. Nobody is sent to it before
// the commit.
#pragma once
#include "db/postgres/scratch.hpp"
#include "jobs/archive/manifest.hpp"
#include "jobs/collection_builder.hpp"
#include "jobs/restore.hpp"

namespace vanna::jobs {

struct restored_knowledge {
    replica::knowledge_state state;
    std::size_t kept = 0, embedded = 0;
};

// `content`: the extracted archive. `before`: what is current. `named` is told the collection's name before
// it is made.
awaitable<result<restored_knowledge>> rebuild_knowledge(
    restore_parts& with, postgres::scratch from, archive::manifest what, std::filesystem::path content,
    replica::snapshot before, std::function<awaitable<result<void>>(std::string)> named, progress& told);

}  // namespace vanna::jobs
