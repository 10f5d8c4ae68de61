// How much text the terms and verified pairs of a database are, before they are all read: those of an archive
// may be anything.
#pragma once
#include "db/postgres/address.hpp"

namespace vanna::postgres {

awaitable<result<std::uint64_t>> knowledge_size(address where, deadline limit);

}  // namespace vanna::postgres
