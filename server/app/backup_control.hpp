// Backups of this installation: starts the jobs, answers for the folder, and keeps what the metrics tell of
// it. The server has one on its control thread, a command one on its own.
#pragma once
#include "core/admin/backups.hpp"
#include "core/async/task_group.hpp"
#include "jobs/backup.hpp"
#include "jobs/restore.hpp"
#include "jobs/verify.hpp"
#include "server/app/backup_views.hpp"
#include "server/app/process.hpp"
#include "server/app/stores.hpp"

namespace vanna::app {

class backup_control final : public admin::backups {
  public:
    // All outlive it.
    backup_control(asio::any_io_executor executor, process& shared, stores& on, chroma::client& chroma,
                   jobs::scheduler& jobs);

    // Looks at the folder now and then.
    void start();
    awaitable<void> stop();

    awaitable<result<jobs::job>> create(std::string requested_by, deadline limit) override;
    awaitable<result<jobs::job>> verify(std::string id, bool drill, std::string requested_by,
                                        deadline limit) override;
    awaitable<result<jobs::job>> restore(std::string id, std::string requested_by, deadline limit) override;
    awaitable<result<void>> remove(std::string id, deadline limit) override;
    awaitable<result<boost::json::array>> list(deadline limit) override;
    awaitable<result<boost::json::array>> retention(deadline limit) override;
    awaitable<result<boost::json::object>> status(deadline limit) override;
    awaitable<result<admin::open_backup>> open(std::string id, deadline limit) override;
    awaitable<result<std::string>> read(admin::open_backup const& from, std::uint64_t offset,
                                        std::size_t size) override;

    // For the command line, as the two below. `trust`: also of an archive that this machine did not sign.
    awaitable<result<jobs::job>> restore(std::string id, bool trust, std::string requested_by,
                                         deadline limit);
    // Of create(): makes BACKUP_DIR the folder of backups, whichever was it before.
    void adopt_folder() { adopt_ = true; }
    backup_facts facts() const { return *facts_.get(); }  // any thread

  private:
    awaitable<result<boost::json::value>> back_up(jobs::progress& told);
    awaitable<void> look();
    awaitable<void> keep_looking();
    awaitable<void> look_after_restores();
    awaitable<result<void>> follow_target(deadline limit, std::shared_ptr<sql::stop_flag> stop);
    awaitable<result<jobs::backup_set>> find(std::string id);
    template <class T, class F>
    awaitable<result<T>> here(F body);

    asio::any_io_executor executor_;
    process& shared_;
    stores& stores_;
    jobs::scheduler& jobs_;
    jobs::backup_parts parts_;
    std::unique_ptr<ask::embedder> embedder_;
    jobs::restore_parts restore_;
    shared_value<backup_facts> facts_{backup_facts{}};
    task_group tasks_;
    bool adopt_ = false;
};

}  // namespace vanna::app
