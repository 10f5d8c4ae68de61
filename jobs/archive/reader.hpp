// Reads backup archives, which are untrusted input: each way in which one can be wrong is refused with its
// own message and type ("archive-…"), and nothing is ever written outside the folder that is given. Called by
// the verify and restore jobs and the listing of backups. Blocks: job pool only.
#pragma once
#include <string>

#include "jobs/archive/writer.hpp"

namespace vanna::jobs::archive {

struct opened {
    manifest what;
    archive::signature signature = signature::absent;
    std::string key_id;  // that signed it; empty: none
    bool encrypted = false;
};

// Of all members together; more in the manifest is archive-too-large. Callers pass what the disk has room
// for.
inline constexpr std::uint64_t most_archive_bytes = std::uint64_t(1) << 44;

// The first member only.
result<opened> read_manifest(std::string const& path, key_ring const& keys, watch const& until);

// Everything but the signature's verdict, which is in the result: seal, gzip, tar, names, types, duplicates,
// unlisted and missing members, sizes and hashes. `seen` counts bytes of the file at `path`.
result<opened> check_archive(std::string const& path, key_ring const& keys, watch const& until,
                             progress const& seen = {}, std::uint64_t limit = most_archive_bytes);

// The same checks, and the members under their names in `into`, a folder that is made (0700) or is empty;
// files 0600. On failure nothing stays there, and the folder itself only if it was there before.
result<opened> extract_archive(std::string const& path, key_ring const& keys, std::string const& into,
                               watch const& until, progress const& seen = {},
                               std::uint64_t limit = most_archive_bytes);

// Whether what it holds may be put in place. forbidden with the types archive-unsigned and
// archive-other-signing-key, unless `trust` (the command line's --trust); archive-tampered always.
result<void> require_signature(opened const& what, bool trust);

}  // namespace vanna::jobs::archive
