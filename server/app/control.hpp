// The control thread's share: it serves no request. It follows what replicas agree on (revocations, live
// settings, cancellations, the target), probes the stores for the health board, and runs the jobs.
#pragma once
#include "core/query/adoption.hpp"
#include "db/chroma/client.hpp"
#include "db/postgres/replica_watch.hpp"
#include "db/redis/client.hpp"
#include "jobs/archive/sealed_value.hpp"
#include "jobs/scheduler.hpp"
#include "server/app/backup_control.hpp"
#include "server/app/database_control.hpp"
#include "server/app/golden_control.hpp"
#include "server/app/knowledge_control.hpp"
#include "server/app/pair_control.hpp"
#include "server/app/process.hpp"
#include "server/app/stores.hpp"

namespace vanna::app {

class control {
  public:
    control(asio::any_io_executor executor, process& shared);

    awaitable<void> open(deadline limit);
    // Cancels the jobs cleanly; from now on none begins.
    awaitable<void> stop_jobs() { return jobs_.stop(); }
    // After that: what else runs here ends, then the watch and the stores.
    awaitable<void> close();

    jobs::scheduler& jobs() { return jobs_; }
    admin::golden_copies& golden() { return golden_; }
    backup_control& backups() { return backups_; }
    backup_control const& backups() const { return backups_; }
    knowledge_control& knowledge() { return knowledge_; }
    pair_control const& pairs() const { return pairs_; }
    // Tells /health what the target is now; the probes do so every two seconds.
    void look_at_target();
    // Starts the job. Any thread.
    awaitable<result<jobs::job>> vacuum(std::string table, std::string requested_by);
    query::adoption const& adopted() const { return adoption_; }
    stores const& own_stores() const { return stores_; }

  private:
    void apply(replica::snapshot const& seen);
    void apply_maintenance(replica::maintenance const& seen);
    void apply_configuration(std::vector<replica::configuration_row> const& rows);
    void count(jobs::job const& seen);
    awaitable<void> probe();
    awaitable<void> keep_house();
    awaitable<void> compare_pg_dump();
    awaitable<void> probe_model();
    awaitable<void> ask_stores();
    awaitable<void> probe_database();
    awaitable<void> probe_redis();
    awaitable<void> probe_chroma();

    process& shared_;
    jobs::archive::key_ring const keys_ = jobs::archive::keys_from(shared_.at_start.values);
    std::string unreadable_;  // what was said last of values that cannot be opened
    asio::any_io_executor executor_;
    stores stores_;
    jobs::scheduler jobs_;
    golden_control golden_;
    database_control database_;
    query::adoption adoption_;
    redis::client redis_;
    chroma::client chroma_;
    knowledge_control knowledge_;
    pair_control pairs_;
    backup_control backups_;
    postgres::replica_watch watch_;
    task_group tasks_;
};

}  // namespace vanna::app
