#include "jobs/knowledge_jobs.hpp"

#include "core/ask/configured_embedder.hpp"
#include "db/chroma/names.hpp"
#include "jobs/store_call.hpp"

namespace vanna::jobs {
namespace {

namespace json = boost::json;

constexpr auto schema_patience = std::chrono::seconds(20);
constexpr auto training_allowed = std::chrono::hours(2);
constexpr auto look_again = std::chrono::milliseconds(100);

awaitable<result<std::shared_ptr<sql::schema const>>> wait_for_schema(sql::target const& target,
                                                                      deadline limit) {
    asio::steady_timer timer(co_await asio::this_coro::executor);
    auto const until = std::min(limit, after(schema_patience));
    for (;;) {
        if (auto schema = target.schema()) co_return schema;
        if (auto ok = can_learn_from(target); !ok) co_return ok.error();
        auto const status = target.status();
        if (std::chrono::steady_clock::now() >= until)
            co_return error{errc::unavailable,
                            public_text{"the target's schema cannot be read yet: " +
                                        (status.problem.empty() ? "try again shortly" : status.problem)}};
        timer.expires_after(look_again);
        co_await timer.async_wait(asio::use_awaitable);
    }
}

// Names of all generations, finished or not.
awaitable<result<std::vector<std::string>>> generations(chroma::client& chroma, std::string base,
                                                        deadline limit) {
    auto const all = co_await chroma.collections(limit);
    if (!all) co_return all.error();
    std::vector<std::string> out;
    for (auto const& c : *all)
        if (chroma::generation_of(c.name, base)) out.push_back(c.name);
    co_return out;
}

awaitable<result<json::value>> clear(knowledge_parts on, std::string base, progress& p) {
    auto const limit = p.limit();
    p.at("reading", 0);
    auto const seen = co_await store_call(on.replicas.read(call_limit(limit)), p.stop());
    if (!seen) co_return seen.error();
    auto const names =
        co_await store_call(generations(on.chroma, std::move(base), call_limit(limit)), p.stop());
    if (!names) co_return names.error();
    auto const& was = seen->knowledge;
    if (p.cancelled()) co_return error{errc::cancelled, public_text{"cancelled before anything was cleared"}};
    if (auto alone = co_await p.still_alone(); !alone) co_return alone.error();
    if (!was.collection.empty()) {
        p.at("making none current", 20);
        auto const moved =
            co_await store_call(on.replicas.move_knowledge({}, was.revision, call_limit(limit)), p.stop());
        if (!moved) co_return moved.error();
    }
    json::array dropped;
    for (auto const& name : *names) {
        p.at("dropping", 30 + int(60 * dropped.size() / names->size()));
        auto const gone = co_await store_call(on.chroma.drop(name, call_limit(limit)), p.stop());
        if (!gone && gone.error().code != errc::not_found) co_return gone.error();
        dropped.emplace_back(name);
    }
    co_return json::object{
        {"collection", was.collection.empty() ? json::value(nullptr) : json::value(was.collection)},
        {"dropped", std::move(dropped)}};
}

}  // namespace

result<void> can_learn_from(sql::target const& target) {
    auto const status = target.status();
    if (status.engine != "disabled") return {};
    return error{errc::conflict, public_text{"there is no target database to learn from: " + status.problem}}
        .with_type("target-disabled");
}

awaitable<result<ask::knowledge_sources>> gather_sources(knowledge_parts on, bool with_values,
                                                         deadline limit) {
    auto schema = co_await wait_for_schema(on.target, limit);
    if (!schema) co_return schema.error();
    auto terms = co_await on.knowledge.terms(call_limit(limit));
    if (!terms) co_return terms.error();
    auto examples = co_await on.knowledge.examples("approved", call_limit(limit));
    if (!examples) co_return examples.error();
    co_return ask::knowledge_sources{.schema = std::move(*schema),
                                     .terms = std::move(*terms),
                                     .examples = std::move(*examples),
                                     .with_values = with_values};
}

training_options options_from(config::settings const& s) {
    return {.base_name = s.chroma_collection, .batch_size = s.chroma_batch_size};
}

job_request training_request(std::string requested_by) {
    return {.type = "train", .requested_by = std::move(requested_by), .time_allowed = training_allowed};
}

body training_job(knowledge_parts on, std::shared_ptr<config::settings const> s) {
    return [on, s](progress& p) -> awaitable<result<json::value>> {
        p.at("reading", 0);
        auto from = co_await store_call(gather_sources(on, ask::may_embed_values(*s), p.limit()), p.stop());
        if (!from) co_return from.error();
        auto how = options_from(*s);
        how.progress = [&p](std::string_view stage, int percent) { p.at(std::string(stage), percent); };
        how.cancelled = [&p] { return p.cancelled(); };
        how.stop = p.stop();
        how.may_publish = [&p](deadline) { return p.still_alone(); };
        auto const report = co_await train(on.for_training(), std::move(*from), std::move(how), p.limit());
        if (!report) co_return report.error();
        co_return view(*report);
    };
}

body clearing_job(knowledge_parts on, std::shared_ptr<config::settings const> s) {
    return [on, base = s->chroma_collection](progress& p) { return clear(on, base, p); };
}

}  // namespace vanna::jobs
