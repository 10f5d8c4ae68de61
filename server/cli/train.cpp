#include "core/ask/configured_embedder.hpp"
#include "jobs/knowledge_jobs.hpp"
#include "server/cli/commands.hpp"
#include "server/cli/job_runner.hpp"
#include "server/cli/output.hpp"
#include "server/cli/target_session.hpp"

namespace vanna::cli {
namespace {

constexpr auto training_allowed = std::chrono::hours(2);

void show(command_line const& line, boost::json::object const& done) {
    if (line.has("json")) return print(boost::json::serialize(done) + "\n");
    std::vector<std::vector<std::string>> rows;
    for (auto const& [name, value] : done)
        rows.push_back({std::string(name), cell(value)});
    print(table({"training", ""}, rows));
}

awaitable<result<boost::json::value>> train(engine& e) {
    if (auto ok = co_await open_target(e); !ok) co_return ok.error();
    auto client = chroma_of(e);
    auto const embedder = ask::create_embedder(e.settings(), e.executor());
    jobs::knowledge_parts const on{client, *embedder, *e.stores().replicas, *e.stores().knowledge,
                                   *e.shared().target};
    auto work = jobs::training_job(on, e.shared().settings.get());
    co_return co_await run_job(
        e, {.type = "train", .requested_by = e.actor().email, .time_allowed = training_allowed},
        std::move(work), "training");
}

awaitable<int> run(engine& e, command_line const& line) {
    if (auto ok = co_await e.connect(); !ok) co_return fail(ok.error());
    auto const done = co_await audited<boost::json::value>(e, e.entry("knowledge.train", "knowledge"),
                                                           [&] { return train(e); });
    if (!done) co_return fail(done.error());
    show(line, done->as_object());
    co_return 0;
}

}  // namespace

int run_train(command_line const& line, engine& e) {
    return e.run([&](engine& on) { return run(on, line); });
}

}  // namespace vanna::cli
