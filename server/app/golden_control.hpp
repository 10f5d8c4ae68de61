// Keeps this replica's golden copy what `target_state` names, hands the new file to the target, reads its
// schema, and runs the job that takes a fresh copy everywhere. Control thread; status() from any.
#pragma once
#include <boost/asio/steady_timer.hpp>

#include "core/admin/golden_copies.hpp"
#include "core/async/task_group.hpp"
#include "core/audit/entry.hpp"
#include "core/health/board.hpp"
#include "db/sqlite/golden_copy.hpp"
#include "db/sqlite/target.hpp"
#include "jobs/scheduler.hpp"

namespace vanna::app {

class golden_control final : public admin::golden_copies {
  public:
    // `file` may be null: the target is disabled or not a file; then every route says so.
    golden_control(asio::any_io_executor executor, std::shared_ptr<sqlite::file_target> file,
                   sqlite::golden_copy* copy, replica::store& rows, audit::store& trail,
                   jobs::scheduler& jobs, health::board& health);

    // The row as replicas now agree on it; the copy follows in the background.
    void follow(replica::target_state row);
    awaitable<void> stop();

    awaitable<result<boost::json::object>> status(deadline limit) override;
    awaitable<result<jobs::job>> reset(std::string requested_by, deadline limit) override;

  private:
    awaitable<void> keep_following();
    awaitable<result<void>> apply(bool in_full);
    awaitable<result<void>> use(sqlite::golden_outcome const& found);
    awaitable<bool> read_schema();
    void settle(result<void> const& done);

    std::shared_ptr<sqlite::file_target> file_;
    sqlite::golden_copy* copy_;
    replica::store& rows_;
    audit::store& trail_;
    jobs::scheduler& jobs_;
    health::board& health_;
    task_group tasks_;
    asio::steady_timer pause_;
    std::shared_ptr<sql::stop_flag> stop_ = std::make_shared<sql::stop_flag>();  // of what runs on the pool
    replica::target_state row_;
    std::string in_use_, schema_of_;               // versions; empty: none
    std::optional<sqlite::hashed_file> verified_;  // the file that was found to be in_use_
    bool following_ = false, again_ = false, checked_in_full_ = false;
};

}  // namespace vanna::app
