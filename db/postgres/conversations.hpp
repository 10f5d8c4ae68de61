// Whose the conversations of query records are, when those are committed.
#pragma once
#include <set>

#include "core/query/record.hpp"
#include "db/postgres/pool.hpp"

namespace vanna::postgres {

using owned_conversations = std::set<std::pair<uuid, uuid>>;  // conversation, user

// Of the conversations that these records name, those that are their user's own. One that could not be begun
// when it was asked in, since PostgreSQL was away, begins now.
awaitable<result<owned_conversations>> own_conversations(pool& on, std::vector<query::record> const& batch,
                                                         deadline limit);

}  // namespace vanna::postgres
