// Encrypted archives: libsodium's secretstream (XChaCha20-Poly1305) around the gzip bytes. The file is
// "VANNASEAL1\n", the key's id (16 hexadecimal digits), secretstream's header, then frames of 64 KiB of plain
// text each, the last one marked as such; what precedes the frames is authenticated with the first of them.
#pragma once
#include <memory>

#include "jobs/archive/keys.hpp"
#include "jobs/archive/stage.hpp"

namespace vanna::jobs::archive {

inline constexpr std::string_view seal_magic = "VANNASEAL1\n";

// Writes the file's beginning to `to` with its first block.
std::unique_ptr<stage> make_sealer(key const& with, sink to);

// `from` stands at the magic. Errors of read(), then: archive-sealed-with-other-key (names the id),
// archive-sealed (there is no ENCRYPTION_KEY at all), archive-truncated, archive-damaged and
// archive-trailing-bytes, with the place in the file.
std::unique_ptr<source> make_unsealer(source& from, key_ring const& keys);

}  // namespace vanna::jobs::archive
