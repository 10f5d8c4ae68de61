#include "core/ask/knowledge_cache.hpp"

#include "core/log.hpp"

namespace vanna::ask {

// Changes made on other replicas show within this time.
constexpr auto kept = std::chrono::seconds(2);

awaitable<knowledge_cache::content> knowledge_cache::current(knowledge_store& store, deadline limit) {
    std::uint64_t turn = 0;
    std::string known;
    {
        std::lock_guard lock(mutex_);
        auto const now = std::chrono::steady_clock::now();
        if (now < fresh_until_ && adopted_ > outdated_) co_return content_;
        fresh_until_ = now + kept;  // one reader at a time; the others take what there is
        turn = ++begun_;
        known = fingerprint_;
    }
    auto fingerprint = co_await store.fingerprint(limit);
    if (fingerprint && *fingerprint == known) co_return confirm(turn, known);
    auto terms = fingerprint ? co_await store.terms(limit) : result<std::vector<term>>(fingerprint.error());
    auto examples =
        terms ? co_await store.examples("approved", limit) : result<std::vector<example>>(terms.error());
    if (examples) co_return adopt(turn, std::move(*fingerprint), std::move(*terms), std::move(*examples));
    log::debug("terms and pairs not read; the last ones are used", {{"error", examples.error().message}});
    std::lock_guard lock(mutex_);
    co_return content_;
}

// Nothing has changed since what was read under `fingerprint`.
knowledge_cache::content knowledge_cache::confirm(std::uint64_t turn, std::string const& fingerprint) {
    std::lock_guard lock(mutex_);
    if (fingerprint_ == fingerprint) adopted_ = std::max(adopted_, turn);
    return content_;
}

knowledge_cache::content knowledge_cache::adopt(std::uint64_t turn, std::string fingerprint,
                                                std::vector<term> terms, std::vector<example> examples) {
    std::lock_guard lock(mutex_);
    if (turn < adopted_) return content_;  // a read that began later has ended sooner
    adopted_ = turn;
    fingerprint_ = std::move(fingerprint);
    if (terms != *content_.terms)
        content_.terms = std::make_shared<std::vector<term> const>(std::move(terms));
    if (examples != *content_.examples)
        content_.examples = std::make_shared<std::vector<example> const>(std::move(examples));
    return content_;
}

void knowledge_cache::forget() {
    std::lock_guard lock(mutex_);
    outdated_ = begun_;
}

}  // namespace vanna::ask
