// Loads the dump of an archive into a scratch database and brings it to this release's tables: how a drill
// and a restore come by an archive's rows. Whatever the dump's statements do, they do as the scratch's own
// role.
#pragma once
#include "core/async/work_pool.hpp"
#include "db/postgres/scratch.hpp"
#include "jobs/archive/manifest.hpp"
#include "jobs/watch.hpp"

namespace vanna::jobs {

// invalid_input with type "archive-newer": a later release took the backup.
result<void> require_known_migration(archive::manifest const& what);

// unavailable: pg_restore or PostgreSQL. invalid_input: the rows are not as many as the manifest says
// ("archive-counts-differ"), or the tables are not this engine's ("archive-newer", "schema-mismatch").
awaitable<result<void>> load_scratch(postgres::scratch into, std::string dump, archive::manifest what,
                                     work_pool& pool, watch until);

}  // namespace vanna::jobs
