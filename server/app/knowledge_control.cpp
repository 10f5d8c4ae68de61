#include "server/app/knowledge_control.hpp"

#include "core/log.hpp"

namespace vanna::app {
namespace {

constexpr auto look_interval = std::chrono::seconds(15);
constexpr auto look_limit = std::chrono::seconds(30);
constexpr auto lock_limit = std::chrono::seconds(5);
constexpr auto add_limit = std::chrono::seconds(10);
constexpr std::size_t most_waiting = 100;

}  // namespace

knowledge_control::knowledge_control(asio::any_io_executor executor, process& shared, stores& on,
                                     chroma::client& chroma)
    : executor_(executor),
      shared_(shared),
      stores_(on),
      chroma_(chroma),
      embedder_(ask::create_builtin_embedder()),
      tasks_(executor) {}

void knowledge_control::start() {
    tasks_.spawn("old collections", [this] { return keep_retiring(); });
}

awaitable<void> knowledge_control::stop() {
    stopping_ = true;
    tasks_.cancel();
    co_await tasks_.wait();
}

void knowledge_control::follow(replica::knowledge_state const& row) {
    std::string found;
    if (!row.collection.empty() && row.fingerprint != embedder_->fingerprint())
        found = "the knowledge base was trained with the embedder " + row.fingerprint +
                ", this server uses " + embedder_->fingerprint() +
                ": questions are answered from the schema alone until it is trained again";
    if (found == problem_) return;
    problem_ = std::move(found);
    if (!problem_.empty()) log::warn(problem_, {{"collection", row.collection}});
}

void knowledge_control::add(ask::example approved) {
    asio::post(executor_, [this, approved = std::move(approved)]() mutable { take(std::move(approved)); });
}

void knowledge_control::take(ask::example approved) {
    if (stopping_ || waiting_.size() >= most_waiting) return;
    waiting_.push_back(std::move(approved));
    if (!std::exchange(adding_, true)) tasks_.spawn("approved pairs", [this] { return add_waiting(); });
}

awaitable<void> knowledge_control::add_waiting() {
    std::shared_ptr<void> const ended(nullptr, [this](void*) {
        waiting_.clear();
        adding_ = false;
    });
    if (shared_.in_maintenance()) co_return log::info("approved pairs wait for the next training");
    auto const held = co_await stores_.locks->try_lock("jobs", jobs::lock_mode::exclusive, after(lock_limit));
    result<bool> done = held ? result<bool>(true) : result<bool>(held.error());
    while (done && !waiting_.empty()) {
        auto pair = std::move(waiting_.front());
        waiting_.pop_front();
        done = co_await jobs::add_pair(parts(), std::move(pair), after(add_limit));
    }
    if (!done) log::info("approved pairs wait for the next training", {{"error", done.error().message}});
}

awaitable<void> knowledge_control::keep_retiring() {
    asio::steady_timer timer(executor_);
    for (;;) {
        timer.expires_after(look_interval);
        co_await timer.async_wait(asio::use_awaitable);
        if (shared_.in_maintenance()) continue;
        if (auto ok = co_await retire(); !ok)
            log::debug("old collections stay for now", {{"error", ok.error().message}});
    }
}

// A training of init holds another lock, so what lies after the current collection may be on its way.
awaitable<result<void>> knowledge_control::retire() {
    auto const limit = after(look_limit);
    auto const base = shared_.settings.get()->chroma_collection;
    auto const old = co_await jobs::retired(parts(), base, false, limit);
    if (!old) co_return old.error();
    if (old->empty()) co_return result<void>{};
    auto const held = co_await stores_.locks->try_lock("jobs", jobs::lock_mode::exclusive, limit);
    if (!held) co_return held.error();
    auto const dropped = co_await jobs::drop_retired(parts(), base, false, limit);
    if (!dropped) co_return dropped.error();
    for (auto const& name : *dropped)
        log::info("old collection dropped", {{"collection", name}});
    co_return result<void>{};
}

}  // namespace vanna::app
