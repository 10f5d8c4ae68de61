#include "core/ask/configured_embedder.hpp"
#include "jobs/knowledge_jobs.hpp"
#include "server/cli/commands.hpp"
#include "server/cli/local_jobs.hpp"
#include "server/cli/output.hpp"
#include "server/cli/target_session.hpp"

namespace vanna::cli {
namespace {

awaitable<int> run(engine& e, command_line const& line) {
    if (auto ok = co_await e.connect(); !ok) co_return fail(ok.error());
    if (auto ok = jobs::can_learn_from(*e.shared().target); !ok) co_return fail(ok.error());
    if (auto ok = co_await open_target(e); !ok) co_return fail(ok.error());
    auto client = chroma_of(e);
    auto const embedder = ask::create_embedder(e.settings(), e.executor());
    jobs::knowledge_parts const on{client, *embedder, *e.stores().replicas, *e.stores().knowledge,
                                   *e.shared().target};
    auto const done = co_await run_job(e, e.entry("knowledge.train", "knowledge"), [&](jobs::scheduler& by) {
        return by.submit(jobs::training_request(e.actor().email),
                         jobs::training_job(on, e.shared().settings.get()));
    });
    if (!done) co_return fail(done.error());
    show(line, "training", boost::json::parse(done->result));
    co_return 0;
}

}  // namespace

int run_train(command_line const& line, engine& e) {
    return e.run([&](engine& on) { return run(on, line); });
}

}  // namespace vanna::cli
