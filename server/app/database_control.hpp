// Keeps the PostgreSQL target's role looked at and its schema current. Control thread.
#pragma once
#include <boost/asio/steady_timer.hpp>

#include "core/async/task_group.hpp"
#include "db/postgres/target/target.hpp"

namespace vanna::app {

// What was read last; where nobody has looked yet, as in a command, it looks. Null: it is away, as the log
// says.
awaitable<std::shared_ptr<sql::schema const>> schema_of(std::shared_ptr<pg_target::database_target> target,
                                                        deadline limit);

class database_control {
  public:
    // `target` may be null: the target is another one; then nothing happens.
    database_control(asio::any_io_executor executor, std::shared_ptr<pg_target::database_target> target);

    void start();
    awaitable<void> stop();

  private:
    awaitable<void> keep_refreshing();
    awaitable<result<void>> refresh();

    std::shared_ptr<pg_target::database_target> target_;
    std::shared_ptr<sql::stop_flag> stop_ = std::make_shared<sql::stop_flag>();  // of what runs on the pool
    task_group tasks_;
};

}  // namespace vanna::app
