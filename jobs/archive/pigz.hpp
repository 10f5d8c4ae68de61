// gzip on several cores: a pigz child, fed and drained on the caller's thread.
#pragma once
#include <memory>

#include "jobs/archive/stage.hpp"
#include "jobs/watch.hpp"

namespace vanna::jobs::archive {

// What pigz makes goes to `to` within write() and finish(). Between the two lie at most two pipes and pigz's
// own buffers; a pigz that stalls is left when `until` says so. It is killed and reaped with the stage.
// not_found: pigz is not in PATH; unavailable: it cannot be started or ends early (quotes its last lines).
result<std::unique_ptr<stage>> start_pigz(unsigned threads, int level, sink to, watch const& until);

}  // namespace vanna::jobs::archive
