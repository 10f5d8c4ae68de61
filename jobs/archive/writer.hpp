// Writes a backup archive: tar, gzip (pigz where PATH has it, else zlib), sealed when asked, in one pass with
// bounded memory. Called by the backup job. Blocks: job pool only.
#pragma once
#include <functional>
#include <string>
#include <vector>

#include "jobs/archive/manifest.hpp"
#include "jobs/watch.hpp"

namespace vanna::jobs::archive {

// How far it is: bytes done, and all there are.
using progress = std::function<void(std::uint64_t done, std::uint64_t total)>;

struct member {
    std::string name;  // one of the fixed names
    std::string path;  // where its bytes lie
};

struct write_options {
    bool encrypt = false;  // with the ring's encryption key
    unsigned threads = 2;  // of pigz
    int level = 5;         // 1 to 9: a fifth faster than 6, and hardly larger
};

struct written_archive {
    std::uint64_t size = 0;
    std::string sha256;  // of the whole file
};

// Size and SHA-256 of the file at `from`, as a manifest's entry. not_found, invalid_input (no regular file),
// unavailable, the watch's.
result<archived_file> describe(std::string name, std::string const& from, watch const& until);

// `to` must not exist (conflict); it is made 0600 and fsynced, not renamed. conflict: a member's bytes are
// not those the manifest states; invalid_input: the manifest or the members are not a backup's, or `encrypt`
// without ENCRYPTION_KEY; unavailable: reading, compressing or writing failed (a full disk is named as such).
// On any failure `to` is removed and no child is left.
result<written_archive> write_archive(std::string const& to, manifest const& what,
                                      std::vector<member> const& members, key_ring const& keys,
                                      write_options how, watch const& until, progress const& seen = {});

}  // namespace vanna::jobs::archive
