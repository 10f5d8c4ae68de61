#include "core/ask/knowledge_cache.hpp"

#include "core/log.hpp"

namespace vanna::ask {

// Changes made on other replicas show within this time.
constexpr auto kept = std::chrono::seconds(2);

awaitable<knowledge_cache::content> knowledge_cache::current(knowledge_store& store, deadline limit) {
    {
        std::lock_guard lock(mutex_);
        auto const now = std::chrono::steady_clock::now();
        if (now < fresh_until_) co_return content_;
        fresh_until_ = now + kept;  // one reader at a time; the others take what there is
    }
    auto terms = co_await store.terms(limit);
    auto examples =
        terms ? co_await store.examples("approved", limit) : result<std::vector<example>>(terms.error());
    std::lock_guard lock(mutex_);
    if (examples) {
        content_.terms = std::make_shared<std::vector<term> const>(std::move(*terms));
        content_.examples = std::make_shared<std::vector<example> const>(std::move(*examples));
    } else {
        log::debug("terms and pairs not read; the last ones are used", {{"error", examples.error().message}});
    }
    co_return content_;
}

void knowledge_cache::forget() {
    std::lock_guard lock(mutex_);
    fresh_until_ = {};
}

}  // namespace vanna::ask
