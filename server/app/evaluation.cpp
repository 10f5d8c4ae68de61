#include "server/app/evaluation.hpp"

#include "jobs/evaluate.hpp"

namespace vanna::app {
namespace {

constexpr auto evaluation_allowed = std::chrono::hours(1);

}  // namespace

jobs::job_request evaluation_request(std::string requested_by) {
    return {.type = "evaluate", .requested_by = std::move(requested_by), .time_allowed = evaluation_allowed};
}

jobs::body evaluation_job(evaluation_needs on) {
    return [on](jobs::progress& p) -> awaitable<result<boost::json::value>> {
        auto const s = on.shared.settings.get();
        auto const client = std::shared_ptr<chroma::client>(std::shared_ptr<void>(), &on.chroma);
        auto const base = std::make_shared<chroma::knowledge_base>(client, on.embedder, on.current);
        ask::pipeline asking(base, generators_for(on.shared, co_await asio::this_coro::executor),
                             *on.shared.target);
        jobs::evaluation_bounds within;
        if (s->query_timeout_ms != 0) within.statement_limit = std::chrono::milliseconds(s->query_timeout_ms);
        co_return co_await jobs::evaluate({asking, *base, on.knowledge, *on.shared.target}, within, p);
    };
}

std::optional<evaluation_facts> facts_of(jobs::job const& done) {
    boost::system::error_code bad;
    auto const parsed = boost::json::parse(done.result, bad);
    if (bad || !parsed.is_object() || !done.finished_at) return {};
    auto const& found = parsed.get_object();
    evaluation_facts out{.at = *done.finished_at, .accuracy = {}, .outcomes = {}};
    auto const number = [&](char const* name) -> std::optional<double> {
        auto const* v = found.if_contains(name);
        return v && v->is_number() ? std::optional(v->to_number<double>()) : std::nullopt;
    };
    out.accuracy = number("execution_accuracy");
    for (auto const* outcome : {"same_rows", "different_rows", "declined", "failed", "not_judged"})
        if (auto const n = number(outcome)) out.outcomes.emplace_back(outcome, *n);
    return out;
}

}  // namespace vanna::app
