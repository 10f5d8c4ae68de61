// What the jobs "train" and "clear" do: the server, the command line and the schedule hand the same bodies to
// their scheduler. init trains by the same parts, under the same lock.
#pragma once
#include "config/settings.hpp"
#include "jobs/scheduler.hpp"
#include "jobs/train.hpp"

namespace vanna::jobs {

// All of the scheduler's thread; they outlive the job.
struct knowledge_parts {
    chroma::client& chroma;
    ask::embedder& embedder;
    replica::store& replicas;
    ask::knowledge_store& knowledge;  // terms and pairs
    sql::target const& target;        // whose schema is learnt

    training_parts for_training() const { return {chroma, embedder, replicas}; }
};

// conflict, with type "target-disabled": there is no target.
result<void> can_learn_from(sql::target const& target);

// What a training reads: waits a little for a schema that is still being read. conflict, with type
// "target-disabled": there is no target to learn from. unavailable.
awaitable<result<ask::knowledge_sources>> gather_sources(knowledge_parts on, bool with_values,
                                                         deadline limit);

// CHROMA_COLLECTION, CHROMA_BATCH_SIZE.
training_options options_from(config::settings const& s);

job_request training_request(std::string requested_by);
// Its result is view(training_report).
body training_job(knowledge_parts on, std::shared_ptr<config::settings const> s);

// Makes no collection current, then drops every generation: nobody is sent to one that is gone. Questions are
// answered from the schema alone until the next training. Its result: {"collection": what was current, or
// null, "dropped": [name]}.
body clearing_job(knowledge_parts on, std::shared_ptr<config::settings const> s);

}  // namespace vanna::jobs
