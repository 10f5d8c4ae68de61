#include <boost/algorithm/string/predicate.hpp>

#include "core/ask/configured_embedder.hpp"
#include "core/ask/ontology_file.hpp"
#include "db/postgres/demo.hpp"
#include "db/postgres/demo_role.hpp"
#include "db/redis/client.hpp"
#include "jobs/knowledge_jobs.hpp"
#include "server/api/views.hpp"
#include "server/cli/init_steps.hpp"
#include "server/cli/output.hpp"
#include "server/cli/target_session.hpp"
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

}  // namespace

awaitable<result<step_outcome>> load_ontology(engine& e, init_mode how) {
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
        if (std::ranges::any_of(*known, [&](ask::term const& k) { return boost::iequals(k.name, t.name); }))
            continue;
        if (!how.check) {
            t.id = new_id();
            auto const made = co_await audited<ask::term>(
                e, e.entry("ontology.create", "ontology/" + to_string(t.id), api::view(t)),
                [&] { return e.stores().knowledge->add_term(t, after(step_limit)); });
            if (!made && made.error().code == errc::conflict) continue;  // another init was faster
            if (!made) co_return made.error();
        }
        ++added;
    }
    co_return step_outcome{added == 0  ? kind::unchanged
                           : how.check ? kind::pending
                                       : kind::done,
                           std::to_string(added) + " of " + std::to_string(read->terms.size()) + " terms " +
                               (how.check ? "to add" : "added")};
}

awaitable<result<step_outcome>> seed_demo_tables(engine& e, init_mode how) {
    if (!e.settings().seed_demo_data) co_return step_outcome{kind::skipped, "SEED_DEMO_DATA=false"};
    if (how.check) {
        auto const there = co_await postgres::has_demo(e.shared().system_db, after(step_limit));
        if (!there) co_return there.error();
        co_return step_outcome{*there ? kind::unchanged : kind::pending, "schema demo"};
    }
    auto const made = co_await postgres::seed_demo(e.shared().system_db, after(step_limit));
    if (!made) co_return made.error();
    step_outcome out{*made ? kind::done : kind::unchanged, "schema demo"};
    if (config::target_of(e.settings()).type != config::target_address::engine::demo) co_return out;
    auto const role =
        co_await postgres::ensure_demo_role(e.shared().system_db, e.settings().jwt_secret, after(step_limit));
    if (!role)
        out.text += "; no questions can be asked about it: " + role.error().message;
    else if (*role)
        out = {kind::done, out.text + ", and the role that answers questions from it"};
    co_return out;
}

awaitable<result<step_outcome>> reach_redis(engine& e, init_mode) {
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

awaitable<result<step_outcome>> reach_chroma(engine& e, init_mode) {
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

awaitable<result<step_outcome>> train_knowledge(engine& e, init_mode mode) {
    if (!e.settings().auto_train_chroma) co_return step_outcome{kind::skipped, "AUTO_TRAIN_CHROMA=false"};
    if (mode.check) {
        auto const opened = co_await open_target_as_it_is(e);
        if (!opened) co_return opened.error();
        if (!*opened) co_return step_outcome{kind::pending, "after the golden copy"};
    } else if (!e.shared().target->schema()) {  // --only training: no earlier step has opened it
        if (auto opened = co_await open_target(e); !opened) co_return opened.error();
    }
    auto const schema = e.shared().target->schema();
    if (!schema) co_return step_outcome{kind::skipped, "there is no target database to learn from"};
    std::unique_ptr<jobs::lock> lock;
    if (!mode.check) {
        auto taken = co_await e.take_jobs_lock();
        if (!taken) co_return taken.error();
        lock = std::move(*taken);
    }
    auto client = chroma_of(e);
    auto const embedder = ask::create_embedder(e.settings(), e.executor());
    jobs::knowledge_parts const on{client, *embedder, *e.stores().replicas, *e.stores().knowledge,
                                   *e.shared().target};
    auto const limit = after(training_limit);
    auto from = co_await jobs::gather_sources(on, ask::may_embed_values(e.settings()), limit);
    if (!from) co_return from.error();
    progress_line progress("training");
    auto how = jobs::options_from(e.settings());
    how.look_only = mode.check;
    how.progress = [&](std::string_view stage, int percent) { progress.at(stage, percent); };
    how.may_publish = [&lock](deadline until) { return lock->still_held(until); };
    auto const report = co_await jobs::train(on.for_training(), std::move(*from), std::move(how), limit);
    progress.clear();
    if (!report) co_return report.error();
    auto const add = mode.check ? " documents to add, " : " documents added, ";
    co_return step_outcome{!report->changed ? kind::unchanged
                           : mode.check     ? kind::pending
                                            : kind::done,
                           (report->collection.empty() ? "" : report->collection + ": ") +
                               std::to_string(report->added) + add + std::to_string(report->removed) +
                               (mode.check ? " to remove, " : " removed, ") + std::to_string(report->kept) +
                               " kept"};
}

}  // namespace vanna::cli
