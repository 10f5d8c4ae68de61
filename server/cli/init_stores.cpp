#include "core/ask/ontology_file.hpp"
#include "db/chroma/client.hpp"
#include "db/postgres/demo.hpp"
#include "db/redis/client.hpp"
#include "jobs/train.hpp"
#include "server/cli/init_steps.hpp"
#include "server/web/files.hpp"

namespace vanna::cli {
namespace {

using kind = step_outcome::kind;
constexpr auto step_limit = std::chrono::minutes(1);
constexpr auto training_limit = std::chrono::minutes(10);
constexpr char ontology_file[] = "config/ontology.yaml";

// The file in the folder that init runs in, else the one that came with the program.
result<ask::ontology> shipped_ontology() {
    auto own = ask::read_ontology_file(ontology_file);
    if (own || own.error().code != errc::not_found) return own;
    for (auto const& f : web::files())
        if (f.name == "ontology.yaml") return ask::read_ontology(std::string(f.bytes));
    return own;
}

chroma::client chroma_of(engine& e) {
    return chroma::client(
        chroma::connect(e.executor(), e.settings().chroma_host, std::uint16_t(e.settings().chroma_port)));
}

}  // namespace

awaitable<result<step_outcome>> load_ontology(engine& e, bool check) {
    auto read = shipped_ontology();
    if (!read) co_return read.error();
    if (!read->problems.empty()) {
        error wrong{errc::invalid_input,
                    public_text{std::string(ontology_file) + " is not usable: " + read->problems.front() +
                                (read->problems.size() > 1
                                     ? " (and " + std::to_string(read->problems.size() - 1) + " more)"
                                     : "")}};
        co_return wrong;
    }
    auto const known = co_await e.stores().knowledge->terms(after(step_limit));
    if (!known) co_return known.error();
    std::size_t added = 0;
    for (auto t : read->terms) {
        if (std::ranges::any_of(*known, [&](ask::term const& k) { return k.name == t.name; })) continue;
        ++added;
        if (check) continue;
        t.id = new_id();
        auto const made = co_await e.stores().knowledge->add_term(t, after(step_limit));
        if (!made && made.error().code != errc::conflict) co_return made.error();
    }
    co_return step_outcome{added == 0 ? kind::unchanged
                           : check    ? kind::pending
                                      : kind::done,
                           std::to_string(added) + " of " + std::to_string(read->terms.size()) + " terms " +
                               (check ? "to add" : "added")};
}

awaitable<result<step_outcome>> seed_demo_tables(engine& e, bool check) {
    if (!e.settings().seed_demo_data) co_return step_outcome{kind::skipped, "SEED_DEMO_DATA=false"};
    if (check) co_return step_outcome{kind::skipped, "made by init when missing"};
    auto const made = co_await postgres::seed_demo(e.shared().system_db, after(step_limit));
    if (!made) co_return made.error();
    co_return step_outcome{*made ? kind::done : kind::unchanged, "schema demo"};
}

awaitable<result<step_outcome>> reach_redis(engine& e, bool) {
    redis::client client(e.executor(), e.shared().cache);
    task_group group(e.executor());
    group.spawn("redis", [&client] { return client.run(); });
    asio::steady_timer timer(e.executor());
    for (auto const until = after(std::chrono::seconds(3));
         !client.connected() && std::chrono::steady_clock::now() < until;) {
        timer.expires_after(std::chrono::milliseconds(20));
        co_await timer.async_wait(asio::use_awaitable);
    }
    bool const reached = client.connected();
    group.cancel();
    co_await group.wait();
    if (!reached)
        co_return error{errc::unavailable,
                        public_text{"Redis at " + e.shared().cache.host + ":" + e.shared().cache.port +
                                    " does not answer; the server works without it, only slower"}};
    co_return step_outcome{kind::unchanged, e.shared().cache.host + ":" + e.shared().cache.port};
}

awaitable<result<step_outcome>> reach_chroma(engine& e, bool) {
    auto client = chroma_of(e);
    auto const where = e.settings().chroma_host + ":" + std::to_string(e.settings().chroma_port);
    if (auto ok = co_await client.heartbeat(after(std::chrono::seconds(5))); !ok)
        co_return error{
            errc::unavailable,
            public_text{"ChromaDB at " + where +
                        " does not answer; questions are answered from the schema alone until it does"},
            internal_text{ok.error().message}};
    co_return step_outcome{kind::unchanged, where};
}

awaitable<result<step_outcome>> train_knowledge(engine& e, bool check) {
    if (!e.settings().auto_train_chroma) co_return step_outcome{kind::skipped, "AUTO_TRAIN_CHROMA=false"};
    auto const schema = e.shared().target->schema();
    if (!schema) co_return step_outcome{kind::skipped, "there is no target database to learn from"};
    if (check) co_return step_outcome{kind::skipped, "init trains when something has changed"};
    auto const lock = co_await e.take_jobs_lock();
    if (!lock) co_return lock.error();
    auto terms = co_await e.stores().knowledge->terms(after(step_limit));
    if (!terms) co_return terms.error();
    auto examples = co_await e.stores().knowledge->examples("approved", after(step_limit));
    if (!examples) co_return examples.error();
    auto client = chroma_of(e);
    auto const embedder = ask::create_builtin_embedder();
    auto const report =
        co_await jobs::train({client, *embedder, *e.stores().replicas},
                             {.schema = schema, .terms = std::move(*terms), .examples = std::move(*examples)},
                             {.base_name = e.settings().chroma_collection,
                              .batch_size = e.settings().chroma_batch_size,
                              .may_publish = [&lock](deadline limit) { return (*lock)->still_held(limit); }},
                             after(training_limit));
    if (!report) co_return report.error();
    co_return step_outcome{report->changed ? kind::done : kind::unchanged,
                           report->collection + ": " + std::to_string(report->added) + " documents added, " +
                               std::to_string(report->removed) + " removed, " + std::to_string(report->kept) +
                               " kept"};
}

}  // namespace vanna::cli
