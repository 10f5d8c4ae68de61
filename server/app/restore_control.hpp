// Restores of this installation: starts the jobs, and looks after those whose process has ended. The server
// has one on its control thread, a command one on its own.
#pragma once
#include "core/admin/restores.hpp"
#include "core/async/task_group.hpp"
#include "jobs/restore.hpp"
#include "server/app/backup_control.hpp"

namespace vanna::app {

class restore_control final : public admin::restores {
  public:
    // All outlive it.
    restore_control(asio::any_io_executor executor, process& shared, stores& on, backup_control& backups,
                    jobs::scheduler& jobs);

    // Looks after restores, now and every few seconds.
    void start();
    awaitable<void> stop();

    awaitable<result<jobs::job>> restore(std::string id, std::string requested_by, deadline limit) override;
    // Of restore(): also archives that are unsigned, or signed on another machine. For the command line.
    void trust_any_signature() { trust_ = true; }

  private:
    awaitable<void> look_after();
    awaitable<result<jobs::job>> begin(std::string id, std::string requested_by, deadline limit);

    asio::any_io_executor executor_;
    stores& stores_;
    jobs::scheduler& jobs_;
    std::unique_ptr<ask::embedder> embedder_;
    jobs::restore_parts parts_;
    task_group tasks_;
    bool trust_ = false;
};

}  // namespace vanna::app
