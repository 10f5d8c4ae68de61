// PostgreSQL's own programs as backups use them: pg_dump, pg_restore --list and pg_restore. `environment` is
// what libpq reads (PGHOST, PGPORT, PGUSER, PGPASSWORD, PGDATABASE …). Errors quote the program's last lines.
// Blocks: job pool only.
#pragma once
#include <map>
#include <string>
#include <vector>

#include "jobs/watch.hpp"

namespace vanna::jobs {

using pg_environment = std::map<std::string, std::string>;

// Writes the schema `public` as seen in the exported snapshot into the new file `to` (0600, custom format,
// not compressed, not synced: whoever reads it compares what was hashed); rows of refresh tokens, password
// resets and cancellations stay out. conflict: `to` exists; unavailable: pg_dump failed, or the disk is full;
// on any failure `to` is gone.
result<void> dump(pg_environment const& environment, std::string const& snapshot, std::string const& to,
                  watch const& until);

// The entries of a dump's table of contents, without its comments; at most 4 MiB of them. invalid_input:
// pg_restore cannot read the file.
result<std::vector<std::string>> list_dump(std::string const& from, watch const& until);

// Restores into the database that `environment` names, in one transaction, stopping at the first error; the
// dump brings the schema `public`. The file's statements run as the role that `environment` logs in as.
result<void> load_dump(pg_environment const& environment, std::string const& from, watch const& until);

}  // namespace vanna::jobs
