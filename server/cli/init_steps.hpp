// The steps of init, in the files init_*.cpp.
#pragma once
#include "core/auth/credentials.hpp"
#include "core/auth/password_hash.hpp"
#include "server/cli/init.hpp"

namespace vanna::cli {

// init_system.cpp
awaitable<result<step_outcome>> check_settings(engine& e, bool check);
awaitable<result<step_outcome>> reach_system_db(engine& e, bool check);
awaitable<result<step_outcome>> migrate_system_db(engine& e, bool check);
awaitable<result<step_outcome>> validate_system_db(engine& e, bool check);
awaitable<result<step_outcome>> create_admin(engine& e, bool check);
awaitable<result<step_outcome>> create_demo_users(engine& e, bool check);

// init_stores.cpp
awaitable<result<step_outcome>> load_ontology(engine& e, bool check);
awaitable<result<step_outcome>> seed_demo_tables(engine& e, bool check);
awaitable<result<step_outcome>> reach_redis(engine& e, bool check);
awaitable<result<step_outcome>> reach_chroma(engine& e, bool check);
awaitable<result<step_outcome>> train_knowledge(engine& e, bool check);
// init_target.cpp
awaitable<result<step_outcome>> copy_target(engine& e, bool check);

}  // namespace vanna::cli
