// The stores of one executor: a pool of PostgreSQL connections and every port of core that stands on it.
// Workers, the control thread and the command line have one each, used only on their own thread.
#pragma once
#include "config/settings.hpp"
#include "db/postgres/pool.hpp"
#include "db/postgres/stores.hpp"

namespace vanna::app {

struct stores {
    stores(asio::any_io_executor executor, postgres::address where, postgres::pool_options options,
           config::settings const& s)
        : pool(std::move(executor), std::move(where), options),
          users(postgres::create_user_store(pool, std::chrono::seconds(s.jwt_ttl_seconds))),
          grants(postgres::create_session_store(pool, std::chrono::seconds(s.jwt_ttl_seconds))),
          audit(postgres::create_audit_store(pool)),
          history(postgres::create_query_store(pool)),
          knowledge(postgres::create_knowledge_store(pool)),
          conversations(postgres::create_conversation_store(pool)),
          replicas(postgres::create_replica_store(pool)),
          job_rows(postgres::create_job_store(pool)),
          locks(postgres::create_lock_store(pool)),
          database(postgres::create_database_stats(pool)) {}

    postgres::pool pool;
    std::unique_ptr<auth::user_store> users;
    std::unique_ptr<auth::session_store> grants;
    std::unique_ptr<audit::store> audit;
    std::unique_ptr<query::store> history;
    std::unique_ptr<ask::knowledge_store> knowledge;
    std::unique_ptr<ask::conversation_store> conversations;
    std::unique_ptr<replica::store> replicas;
    std::unique_ptr<jobs::store> job_rows;
    std::unique_ptr<jobs::lock_store> locks;
    std::unique_ptr<admin::database_stats> database;
};

}  // namespace vanna::app
