// What all threads of the process share: settings, pools, revocations, the target, running queries, health.
// Built once, destroyed last; each member is immutable, atomic, or locks for itself.
#pragma once
#include "config/settings.hpp"
#include "core/ask/knowledge_cache.hpp"
#include "core/ask/local_generator.hpp"
#include "core/ask/model/generator.hpp"
#include "core/ask/nearest_pairs.hpp"
#include "core/ask/recent_turns.hpp"
#include "core/async/work_pool.hpp"
#include "core/auth/rate_limit.hpp"
#include "core/auth/revocations.hpp"
#include "core/health/board.hpp"
#include "core/metrics.hpp"
#include "core/query/service.hpp"
#include "core/query/spool_folder.hpp"
#include "core/shared_value.hpp"
#include "db/postgres/address.hpp"
#include "db/postgres/target/target.hpp"
#include "db/redis/address.hpp"
#include "db/sqlite/golden_copy.hpp"
#include "db/sqlite/target.hpp"
#include "server/api/job_events.hpp"

namespace vanna::app {

struct process {
    // `loaded` has no problems. Throws std::runtime_error when the PostgreSQL URL cannot be read.
    // The pools' threads stand back behind the workers' where there are some; a command waits for its pools.
    process(config::loaded l, bool has_workers);
    process(process const&) = delete;

    config::loaded const at_start;  // live rows are laid over it
    shared_value<config::loaded> loaded;
    shared_value<config::settings> settings;
    uuid const id = new_id();
    postgres::address const system_db;
    redis::address const cache;

    foreground front;  // workers, statements and questions
    work_pool cpu, sqlite, postgresql, job, asking;
    auth::revocations revocations;
    auth::local_rate_counters rate_counters;
    query::running running;
    query::single_flight<query::outcome> flights;
    std::unique_ptr<sqlite::golden_copy> golden;           // null: no SQLite target
    std::shared_ptr<sqlite::file_target> file;             // null: no SQLite target
    std::shared_ptr<pg_target::database_target> database;  // null: no PostgreSQL target
    std::shared_ptr<sql::target> target;  // never null; says "target-disabled" when there is none
    ask::knowledge_cache knowledge;
    ask::recent_turns recent_turns;
    ask::pair_neighbours const pair_neighbours;
    // What answers questions by computing alone, in the order in which it is asked.
    std::vector<std::shared_ptr<ask::local_generator const>> const generators;
    shared_value<replica::knowledge_state> knowledge_state{replica::knowledge_state{}};
    shared_value<replica::maintenance> maintenance{replica::maintenance{}};
    health::board health;
    api::stream_places job_streams;
    metrics::registry metrics;
    ask::model::standing const model;  // counts into `metrics`

    // After everything that uses the pools has ended.
    void join_pools();

    bool in_maintenance() const { return maintenance.get()->active; }

    // Our folder below SPOOL_DIR, made by the first call. Throws std::runtime_error when that cannot be.
    query::spool_folder const& spool();

  private:
    std::optional<query::spool_folder> spool_;
};

// LLM_API_KEY as it is now. `shared` must outlive it.
changing_secret model_key(process& shared);

// Generators for one executor in the order in which they are asked: verified pairs, the model if there is
// one, the built-in one. Those that only compute do so on the pool "ask".
std::vector<std::unique_ptr<ask::generator>> generators_for(process& shared, asio::any_io_executor executor);

// A target that is switched off: every statement answers 409 target-disabled with the way to switch it on.
std::shared_ptr<sql::target> disabled_target();

}  // namespace vanna::app
