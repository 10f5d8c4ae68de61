// The engine's stores on PostgreSQL: each implements a port of core. Made per worker on the worker's pool,
// which must outlive them, and used only there.
#pragma once
#include <memory>

#include "core/auth/user_store.hpp"
#include "db/postgres/pool.hpp"

namespace vanna::postgres {

// `token_life`: how long an access token may live; epoch and family revocations are kept at least that long.
std::unique_ptr<auth::user_store> create_user_store(pool& on, std::chrono::seconds token_life);
std::unique_ptr<auth::session_store> create_session_store(pool& on, std::chrono::seconds token_life);

}  // namespace vanna::postgres
