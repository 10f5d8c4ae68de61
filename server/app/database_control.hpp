// Keeps the PostgreSQL target's role looked at and its schema current. Control thread.
#pragma once
#include <boost/asio/steady_timer.hpp>

#include "core/async/task_group.hpp"
#include "db/postgres/target/target.hpp"

namespace vanna::app {

class database_control {
  public:
    // `target` may be null: the target is another one; then nothing happens.
    database_control(asio::any_io_executor executor, std::shared_ptr<pg_target::database_target> target);

    void start();
    awaitable<void> stop();

  private:
    awaitable<void> keep_refreshing();

    std::shared_ptr<pg_target::database_target> target_;
    task_group tasks_;
};

}  // namespace vanna::app
