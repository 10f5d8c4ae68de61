// Keeps the current collection in step: adds pairs as they are approved, drops collections that were
// superseded a while ago, says so when the collection is another embedder's and has it made anew, and starts
// the jobs that train, clear and evaluate. Control thread, but for add() and those that start jobs.
#pragma once
#include <deque>

#include "core/async/task_group.hpp"
#include "jobs/knowledge_jobs.hpp"
#include "server/app/process.hpp"
#include "server/app/stores.hpp"

namespace vanna::app {

class knowledge_control {
  public:
    // All outlive it.
    knowledge_control(asio::any_io_executor executor, process& shared, stores& on, chroma::client& chroma,
                      jobs::scheduler& jobs);

    void start();
    awaitable<void> stop();

    // The row as replicas now agree on it; warns once of another embedder.
    void follow(replica::knowledge_state const& row);
    // What is wrong with the current collection or the embedder; empty: nothing.
    std::string const& problem() const { return problem_; }
    // Adds the pair as soon as the cluster's lock is free, within seconds of that. Up to a hundred wait, in
    // this process only: what is beyond that, or waits when it stops, joins with the next training. Any
    // thread.
    void add(ask::example approved);

    // conflict: one of its type is open (with Location), or there is no target. Any thread.
    awaitable<result<jobs::job>> train(std::string requested_by);
    awaitable<result<jobs::job>> clear(std::string requested_by);
    awaitable<result<jobs::job>> evaluate(std::string requested_by);

  private:
    void take(ask::example approved);
    void begin_adding();
    awaitable<void> add_waiting();
    awaitable<result<void>> add_some();
    awaitable<result<void>> add_pair(uuid id);
    awaitable<void> keep_retiring();
    awaitable<result<void>> retire();
    bool is_another_embedders(replica::knowledge_state const& row) const;
    void judge();
    void say(std::string problem);
    awaitable<void> look_at_start();
    awaitable<void> train_for_another_embedder();
    awaitable<void> train_unasked(std::string requested_by, std::string reason);
    jobs::knowledge_parts parts() {
        return {chroma_, *embedder_, *stores_.replicas, *stores_.knowledge, *shared_.target};
    }

    asio::any_io_executor executor_;
    process& shared_;
    stores& stores_;
    chroma::client& chroma_;
    jobs::scheduler& jobs_;
    std::shared_ptr<ask::embedder> embedder_;
    task_group tasks_;
    std::deque<uuid> waiting_;  // approved pairs
    replica::knowledge_state row_;
    bool adding_ = false, stopping_ = false;
    bool looked_ = false, embedder_known_ = false;
    std::string problem_;
};

}  // namespace vanna::app
