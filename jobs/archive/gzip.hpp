// gzip on one core, with zlib: what compresses where PATH has no pigz, and what every archive is read with,
// strictly: one gzip member, its checksum and length right, nothing after it. (libarchive's own filter checks
// none of these.)
#pragma once
#include <memory>

#include "jobs/archive/stage.hpp"

namespace vanna::jobs::archive {

std::unique_ptr<stage> make_gzip(int level, sink to);

// read() refuses with archive-not-gzip, archive-truncated, archive-damaged, archive-several-gzip-members or
// archive-trailing-bytes; places are counted in the gzip bytes.
std::unique_ptr<source> make_gunzip(source& from);

}  // namespace vanna::jobs::archive
