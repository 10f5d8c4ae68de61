#include "core/ask/pipeline.hpp"

#include <algorithm>

#include "core/async/unless_stopped.hpp"
#include "core/log.hpp"

namespace vanna::ask {
namespace {

constexpr std::size_t hits_per_kind = 5;
constexpr auto retrieval_limit = std::chrono::seconds(3);

// The statement itself is wrong, as against a target that cannot look at it now.
bool is_about_the_statement(error const& e) {
    return e.code == errc::query_invalid || e.code == errc::query_refused || e.code == errc::query_too_large;
}

// It would be no better with the next generator.
bool ends_the_asking(error const& e, deadline limit) {
    return e.code == errc::cancelled || e.code == errc::overloaded ||
           std::chrono::steady_clock::now() >= limit;
}

// A pair or term that is no longer approved or defined keeps its vector until the next training.
bool is_withdrawn(document const& d, context const& what) {
    auto const among = [&](auto const& list) {
        return list && std::any_of(list->begin(), list->end(),
                                   [&](auto const& one) { return to_string(one.id) == d.reference; });
    };
    if (d.kind == document_kind::example) return !among(what.examples);
    return d.kind == document_kind::term && !among(what.terms);
}

void add_documents(generated& made, context const& what) {
    for (auto const& h : what.hits) {
        bool const about_a_source =
            std::any_of(made.sources.begin(), made.sources.end(),
                        [&](source const& s) { return s.kind == "table" && s.name == h.found.subject; });
        if (about_a_source && made.sources.size() < 20)
            made.sources.push_back(
                {std::string(to_string(h.found.kind)), h.found.subject, h.found.id, h.similarity});
    }
}

}  // namespace

pipeline::pipeline(std::shared_ptr<retriever> knowledge, std::vector<std::unique_ptr<generator>> generators,
                   sql::target& target)
    : knowledge_(std::move(knowledge)), generators_(std::move(generators)), target_(target) {}

awaitable<void> pipeline::retrieve(context& what, deadline limit) {
    if (!knowledge_) {
        what.notes.push_back("no knowledge base: answered from the schema alone");
        what.asked_at = after({});
        co_return;
    }
    auto call = knowledge_->retrieve(what.question, hits_per_kind, std::min(limit, after(retrieval_limit)));
    result<std::vector<hit>> found = error{};
    if (what.stop)
        found = co_await unless_stopped(std::move(call), what.stop);
    else
        found = co_await std::move(call);
    what.asked_at = after({});
    if (found) {
        what.hits = std::move(*found);
        std::erase_if(what.hits, [&](hit const& h) { return is_withdrawn(h.found, what); });
        co_return;
    }
    log::debug("retrieval failed", {{"error", found.error().message}, {"detail", found.error().detail}});
    what.notes.push_back(found.error().code == errc::not_found
                             ? "the knowledge base has not been trained: answered from the schema alone"
                             : "the knowledge base is unavailable: answered from the schema alone");
}

awaitable<result<generated>> pipeline::generate(context const& what, deadline limit) {
    return from(0, what, what.notes, limit);
}

awaitable<result<generated>> pipeline::from(std::size_t first, context const& what,
                                            std::vector<std::string> notes, deadline limit) {
    generated declined;
    for (auto i = first; i < generators_.size(); ++i) {
        auto& by = *generators_[i];
        auto made = co_await by.generate(what, limit);
        if (!made) {
            if (ends_the_asking(made.error(), limit)) co_return made.error();
            log::warn(
                "a generator failed",
                {{"generator", by.name()}, {"error", made.error().message}, {"detail", made.error().detail}});
            notes.push_back("generator " + std::string(by.name()) + " failed: " + made.error().message);
            continue;
        }
        auto done = co_await checked(by, what, std::move(*made), true, notes, limit);
        if (!done) co_return done.error();
        if (!done->sql.empty()) {
            done->notes.insert(done->notes.begin(), notes.begin(), notes.end());
            add_documents(*done, what);
            co_return done;
        }
        if (!done->clarification.empty() || declined.generator.empty()) declined = std::move(*done);
    }
    if (declined.clarification.empty())
        declined.clarification =
            "I could not find an answer to this in the database. Could you ask in another way?";
    declined.notes.insert(declined.notes.begin(), notes.begin(), notes.end());
    co_return declined;
}

awaitable<result<generated>> pipeline::checked(generator& by, context const& what, generated made,
                                               bool may_repair, std::vector<std::string>& notes,
                                               deadline limit) {
    if (made.sql.empty()) co_return made;
    if (what.observer) co_await what.observer->checking(made);
    auto const verdict = co_await target_.check(made.sql, limit, what.asked_by);
    if (verdict) co_return made;
    auto const& problem = verdict.error();
    if (!is_about_the_statement(problem)) co_return problem;
    auto const said = std::string(by.name()) + "'s statement was not accepted (" + problem.message + ")";
    if (may_repair && problem.code == errc::query_invalid) {
        auto again = co_await by.repair(what, made.sql, problem.message, limit);
        if (again && !again->sql.empty() && again->sql != made.sql) {
            again->notes.push_back("repaired after: " + problem.message);
            co_return co_await checked(by, what, std::move(*again), false, notes, limit);
        }
    }
    notes.push_back(said);
    made.sql.clear();
    made.sources.clear();
    made.confidence = 0;
    made.clarification.clear();
    co_return made;
}

awaitable<result<generated>> pipeline::repair(context const& what, generated failed, std::string message,
                                              deadline limit) {
    auto notes = what.notes;
    auto const found = std::find_if(generators_.begin(), generators_.end(),
                                    [&](auto const& g) { return g->name() == failed.generator; });
    if (found == generators_.end())
        co_return co_await from(generators_.size(), what, std::move(notes), limit);
    auto again = co_await (*found)->repair(what, failed.sql, message, limit);
    if (again && !again->sql.empty() && again->sql != failed.sql) {
        auto done = co_await checked(**found, what, std::move(*again), false, notes, limit);
        if (!done) co_return done.error();
        if (!done->sql.empty()) {
            done->notes.insert(done->notes.begin(), notes.begin(), notes.end());
            done->notes.push_back("repaired after: " + message);
            co_return done;
        }
    }
    notes.push_back(std::string((*found)->name()) + "'s statement did not run (" + message + ")");
    co_return co_await from(std::size_t(found - generators_.begin()) + 1, what, std::move(notes), limit);
}

}  // namespace vanna::ask
