#include "core/ask/configured_embedder.hpp"
#include "server/app/evaluation.hpp"
#include "server/cli/commands.hpp"
#include "server/cli/local_jobs.hpp"
#include "server/cli/output.hpp"
#include "server/cli/target_session.hpp"

namespace vanna::cli {
namespace {

awaitable<int> run(engine& e, command_line const& line) {
    if (auto ok = co_await e.connect(); !ok) co_return fail(ok.error());
    if (auto ok = co_await open_target(e); !ok) co_return fail(ok.error());
    auto const seen = co_await e.stores().replicas->read(after(std::chrono::seconds(10)));
    if (!seen) co_return fail(seen.error());
    auto client = chroma_of(e);
    app::evaluation_needs const on{e.shared(), client, ask::create_embedder(e.settings(), e.executor()),
                                   *e.stores().knowledge, [state = seen->knowledge] { return state; }};
    auto const done =
        co_await run_job(e, e.entry("knowledge.evaluate", "knowledge"), [&](jobs::scheduler& by) {
            return by.submit(app::evaluation_request(e.actor().email), app::evaluation_job(on));
        });
    if (!done) co_return fail(done.error());
    auto found = boost::json::parse(done->result);
    if (!line.has("json")) found.as_object().erase("examples");
    show(line, "evaluation", found);
    co_return 0;
}

}  // namespace

int run_eval(command_line const& line, engine& e) {
    return e.run([&](engine& on) { return run(on, line); });
}

}  // namespace vanna::cli
