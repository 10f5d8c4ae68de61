// Takes over the tables of the older Python system: `init --adopt`. The old tables are put aside into a
// schema (vanna_adopted at the end) and never deleted.
#pragma once
#include "db/postgres/address.hpp"

namespace vanna::postgres {

struct adoption {
    std::int64_t users = 0, users_without_password = 0;  // the latter need a reset: no bcrypt hash
    std::int64_t queries = 0, feedback = 0, audit_entries = 0, terms = 0;
};

// Whether adopt_older_system() has something to do or to finish; changes nothing. Errors of
// inspect_migrations(), except "older-system".
awaitable<result<bool>> has_older_system(address where, deadline limit);

// Puts the old tables aside, migrates, copies. conflict with type "no-older-system": there is nothing to
// adopt. What was begun and killed is finished by the next call.
awaitable<result<adoption>> adopt_older_system(address where, deadline limit);

}  // namespace vanna::postgres
