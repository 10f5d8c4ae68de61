// The steps of init, in the files init_*.cpp.
#pragma once
#include "core/auth/credentials.hpp"
#include "core/auth/password_hash.hpp"
#include "server/cli/init.hpp"

namespace vanna::cli {

// init_system.cpp
awaitable<result<step_outcome>> check_settings(engine& e, init_mode how);
awaitable<result<step_outcome>> reach_system_db(engine& e, init_mode how);
awaitable<result<step_outcome>> adopt_older_tables(engine& e, init_mode how);
awaitable<result<step_outcome>> migrate_system_db(engine& e, init_mode how);
awaitable<result<step_outcome>> validate_system_db(engine& e, init_mode how);
awaitable<result<step_outcome>> create_admin(engine& e, init_mode how);
awaitable<result<step_outcome>> create_demo_users(engine& e, init_mode how);

// init_stores.cpp
awaitable<result<step_outcome>> load_ontology(engine& e, init_mode how);
awaitable<result<step_outcome>> seed_demo_tables(engine& e, init_mode how);
awaitable<result<step_outcome>> reach_redis(engine& e, init_mode how);
awaitable<result<step_outcome>> reach_chroma(engine& e, init_mode how);
awaitable<result<step_outcome>> train_knowledge(engine& e, init_mode how);
// init_target.cpp
awaitable<result<step_outcome>> copy_target(engine& e, init_mode how);

}  // namespace vanna::cli
