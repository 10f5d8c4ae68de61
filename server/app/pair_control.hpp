// Has the verified pairs run again when the target has changed, once for all replicas, and keeps what the
// last evaluation found. Control thread, but for evaluation().
#pragma once
#include "core/async/task_group.hpp"
#include "jobs/check_pairs.hpp"
#include "server/app/evaluation.hpp"
#include "server/app/process.hpp"
#include "server/app/stores.hpp"

namespace vanna::app {

class pair_control {
  public:
    // All outlive it. `is_back` is told of each stale pair that runs again.
    pair_control(asio::any_io_executor executor, process& shared, stores& on, jobs::scheduler& jobs,
                 std::function<void(ask::example)> is_back);

    void start();
    awaitable<void> stop();

    std::optional<evaluation_facts> evaluation() const { return *evaluation_.get(); }  // any thread

  private:
    awaitable<void> watch_target();
    awaitable<std::chrono::seconds> look(std::string version);
    awaitable<result<jobs::job>> check();
    awaitable<void> watch_evaluations();

    asio::any_io_executor executor_;
    process& shared_;
    stores& stores_;
    jobs::scheduler& jobs_;
    std::function<void(ask::example)> is_back_;
    task_group tasks_;
    shared_value<std::optional<evaluation_facts>> evaluation_{std::optional<evaluation_facts>{}};
};

}  // namespace vanna::app
