// The job "evaluate" with the generators as questions have them, for the server and the command line; and
// what its last run found, for the metrics.
#pragma once
#include "db/chroma/knowledge_base.hpp"
#include "jobs/scheduler.hpp"
#include "server/app/process.hpp"

namespace vanna::app {

// All but `current` outlive the job.
struct evaluation_needs {
    process& shared;
    chroma::client& chroma;
    std::shared_ptr<ask::embedder> embedder;
    ask::knowledge_store& knowledge;
    chroma::knowledge_base::current_state current;
};

jobs::job_request evaluation_request(std::string requested_by);
jobs::body evaluation_job(evaluation_needs on);

struct evaluation_facts {
    instant at{};
    std::optional<double> accuracy;                        // nothing: there was no pair to judge by
    std::vector<std::pair<std::string, double>> outcomes;  // pairs by what came of them
};
// Of the row of an evaluation that succeeded; nothing for another row.
std::optional<evaluation_facts> facts_of(jobs::job const& done);

}  // namespace vanna::app
