// The job "evaluate": how well the knowledge base and the generators do on the approved pairs, each withheld
// in its turn. It changes nothing.
#pragma once
#include "core/ask/pipeline.hpp"
#include "db/chroma/knowledge_base.hpp"
#include "jobs/scheduler.hpp"

namespace vanna::jobs {

// As questions have them. All of the scheduler's thread; they outlive the job.
struct evaluation_parts {
    ask::pipeline& asking;
    chroma::knowledge_base& base;
    ask::knowledge_store& knowledge;
    sql::target& target;
};

struct evaluation_bounds {
    std::size_t most_pairs = 200;  // the newest
    std::size_t most_examples = 20;
    std::uint64_t most_rows = 5000, most_bytes = 2 << 20;  // of a statement; beyond them it is not judged
    std::chrono::milliseconds statement_limit{10000}, question_limit{30000};
};

// {"questions", "execution_accuracy": of the pairs that can be judged (their own statement runs, and both
// results are within the bounds) the share whose question is answered with the same rows, "precision": the
// same of those that were not declined, both null where there are none; "retrieved_first", "retrieved_in_5":
// pairs whose own document is the nearest of the pairs, or among the nearest five; "answered" = "same_rows" +
// "different_rows", "declined", "failed": what came of the question without the pair, "not_judged": the rest;
// "examples": [{"question", "outcome", "reason", "expected_sql", "sql"}]}. Fails where the knowledge base
// cannot be asked.
awaitable<result<boost::json::value>> evaluate(evaluation_parts on, evaluation_bounds within, progress& p);

}  // namespace vanna::jobs
