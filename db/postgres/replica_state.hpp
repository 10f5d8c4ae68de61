// The cheap question behind the poll: has anything that replicas agree on changed? Shared by the store and
// the watch.
#pragma once
#include "core/replica/state.hpp"
#include "db/postgres/pool.hpp"

namespace vanna::postgres {

// Differs after every committed change of the tables that a snapshot is made of.
awaitable<result<std::string>> read_fingerprint(pool& on, deadline limit);

struct marked_snapshot {
    replica::snapshot state;
    std::string fingerprint;  // of the same moment
};
awaitable<result<marked_snapshot>> read_snapshot(pool& on, deadline limit);

}  // namespace vanna::postgres
