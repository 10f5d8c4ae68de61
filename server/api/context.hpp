// Everything the handlers of one worker may use, by reference: the composition root (server/app) owns it all.
#pragma once
#include <functional>

#include "config/settings.hpp"
#include "core/admin/backups.hpp"
#include "core/admin/database_stats.hpp"
#include "core/admin/golden_copies.hpp"
#include "core/admin/knowledge_bases.hpp"
#include "core/ask/asking.hpp"
#include "core/ask/nearest_pairs.hpp"
#include "core/ask/pipeline.hpp"
#include "core/ask/recent_turns.hpp"
#include "core/async/task_group.hpp"
#include "core/async/work_pool.hpp"
#include "core/audit/entry.hpp"
#include "core/auth/sessions.hpp"
#include "core/auth/user_store.hpp"
#include "core/health/board.hpp"
#include "core/query/service.hpp"
#include "core/replica/state.hpp"
#include "jobs/scheduler.hpp"
#include "server/api/job_events.hpp"

namespace vanna::api {

struct context {
    shared_value<config::settings>& settings;
    shared_value<config::loaded>& loaded;
    auth::sessions& sessions;
    auth::password_hasher& passwords;
    auth::user_store& users;
    audit::store& audit;
    query::service& queries;
    query::store& history;
    query::recorder& records;
    query::running& running;
    sql::target& target;
    ask::knowledge_store& knowledge;
    ask::knowledge_cache& knowledge_cache;
    ask::conversation_store& conversations;
    ask::recent_turns& recent_turns;
    ask::pair_neighbours const& pair_neighbours;
    work_pool& asking_pool;
    replica::store& replicas;
    jobs::store& job_rows;
    jobs::scheduler& jobs;
    stream_places& job_streams;
    health::board& health;
    shared_value<replica::maintenance>& maintenance;
    admin::database_stats& database;
    admin::golden_copies& golden;
    admin::backups& backups;
    admin::knowledge_bases& knowledge_bases;
    ask::pipeline& asking;
    task_group& askings;  // questions whose stages are streamed
    // Starts the job; empty table: all.
    std::function<awaitable<result<jobs::job>>(std::string table, std::string requested_by)> vacuum;
    std::function<void(ask::example)> pair_approved;  // brings it to the knowledge base, later
    std::function<void(std::string_view generator, std::string_view outcome)> count_question;
    std::function<void(std::string_view action, std::string_view outcome)> count_operation;
    std::function<std::string()> metrics;       // Prometheus text
    std::function<boost::json::array()> pools;  // of every worker
};

}  // namespace vanna::api
