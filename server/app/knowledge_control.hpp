// Keeps the current collection in step between trainings: adds pairs as they are approved, drops collections
// that were superseded a while ago, and says so when the collection is another embedder's. Control thread,
// but for add().
#pragma once
#include <deque>

#include "core/async/task_group.hpp"
#include "jobs/train.hpp"
#include "server/app/process.hpp"
#include "server/app/stores.hpp"

namespace vanna::app {

class knowledge_control {
  public:
    // All outlive it.
    knowledge_control(asio::any_io_executor executor, process& shared, stores& on, chroma::client& chroma);

    void start();
    awaitable<void> stop();

    // The row as replicas now agree on it; warns once of another embedder.
    void follow(replica::knowledge_state const& row);
    // What is wrong with the current collection; empty: nothing.
    std::string const& problem() const { return problem_; }
    // Adds the pair if the cluster's lock is free, without waiting for it; else the next training does. Any
    // thread.
    void add(ask::example approved);

  private:
    void take(ask::example approved);
    awaitable<void> add_waiting();
    awaitable<void> keep_retiring();
    awaitable<result<void>> retire();
    jobs::training_parts parts() { return {chroma_, *embedder_, *stores_.replicas}; }

    asio::any_io_executor executor_;
    process& shared_;
    stores& stores_;
    chroma::client& chroma_;
    std::unique_ptr<ask::embedder> embedder_;
    task_group tasks_;
    std::deque<ask::example> waiting_;
    bool adding_ = false, stopping_ = false;
    std::string problem_;
};

}  // namespace vanna::app
