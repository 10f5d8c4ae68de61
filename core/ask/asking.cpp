#include "core/ask/asking.hpp"

namespace vanna::ask {

awaitable<result<context>> context_of(std::string question, sql::target const& target, knowledge_cache& cache,
                                      knowledge_store& store, deadline limit) {
    context out{.question = std::move(question)};
    out.schema = target.schema();
    if (!out.schema) {
        auto const status = target.status();
        if (status.engine == "disabled")
            co_return error{errc::conflict, public_text{status.problem}}.with_type("target-disabled");
        co_return error{errc::unavailable,
                        public_text{status.problem.empty() ? "the target's schema has not been read yet"
                                                           : status.problem}}
            .with_retry(std::chrono::seconds(2));
    }
    auto known = co_await cache.current(store, std::min(limit, after(std::chrono::seconds(1))));
    out.terms = std::move(known.terms);
    out.examples = std::move(known.examples);
    out.today = local_today();
    out.dialect = target.status().engine;
    co_return out;
}

}  // namespace vanna::ask
