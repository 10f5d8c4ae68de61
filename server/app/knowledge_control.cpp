#include "server/app/knowledge_control.hpp"

#include "core/ask/configured_embedder.hpp"
#include "core/async/pause.hpp"
#include "core/log.hpp"
#include "server/app/evaluation.hpp"
#include "server/app/unasked.hpp"

namespace vanna::app {
namespace {

constexpr auto look_interval = std::chrono::seconds(15);
constexpr auto look_limit = std::chrono::seconds(30);
constexpr auto lock_limit = std::chrono::seconds(5);
constexpr auto add_limit = std::chrono::seconds(10);
constexpr std::size_t most_waiting = 100;
constexpr auto turn_for_pairs = std::chrono::seconds(1);
constexpr auto turn_for_jobs = std::chrono::seconds(2);  // a job looks for the lock every half second
constexpr auto clearing_allowed = std::chrono::minutes(10);
constexpr auto probe_limit = std::chrono::seconds(30);
constexpr auto first_probe_pause = std::chrono::seconds(1);
constexpr auto longest_probe_pause = std::chrono::seconds(60);

// Who asks for it where nobody does.
constexpr char by_itself[] = "system";

}  // namespace

knowledge_control::knowledge_control(asio::any_io_executor executor, process& shared, stores& on,
                                     chroma::client& chroma, jobs::scheduler& jobs)
    : executor_(executor),
      shared_(shared),
      stores_(on),
      chroma_(chroma),
      jobs_(jobs),
      embedder_(ask::create_embedder(*shared.settings.get(), executor)),
      tasks_(executor) {}

void knowledge_control::start() {
    tasks_.spawn("old collections", [this] { return keep_retiring(); });
    auto const schedule = shared_.settings.get()->train_schedule;
    jobs_.every("train", schedule,
                [this, schedule] { return train_unasked("schedule", "TRAIN_SCHEDULE=" + schedule); });
}

awaitable<void> knowledge_control::stop() {
    stopping_ = true;
    tasks_.cancel();
    co_await tasks_.wait();
}

void knowledge_control::follow(replica::knowledge_state const& row) {
    row_ = row;
    if (!std::exchange(looked_, true)) tasks_.spawn("embedder", [this] { return look_at_start(); });
    judge();
}

bool knowledge_control::is_another_embedders(replica::knowledge_state const& row) const {
    return !row.collection.empty() && row.fingerprint != embedder_->fingerprint();
}

void knowledge_control::judge() {
    if (!embedder_known_) return;
    say(is_another_embedders(row_)
            ? "the knowledge base was trained with the embedder " + row_.fingerprint + ", this server uses " +
                  embedder_->fingerprint() +
                  ": questions are answered from the schema alone until it is trained again"
            : "");
}

void knowledge_control::say(std::string problem) {
    if (problem == problem_) return;
    problem_ = std::move(problem);
    if (!problem_.empty()) log::warn(problem_, {{"collection", row_.collection}});
}

// A remote embedder may come later than the server; what its vectors are is known from then on.
awaitable<void> knowledge_control::look_at_start() {
    asio::steady_timer timer(executor_);
    for (auto pause = first_probe_pause;; pause = std::min(pause * 2, longest_probe_pause)) {
        auto const ready = co_await embedder_->ready(after(probe_limit));
        if (ready) break;
        say(ready.error().message + ": questions are answered from the schema alone until it answers");
        timer.expires_after(pause);
        co_await timer.async_wait(asio::use_awaitable);
    }
    embedder_known_ = true;
    judge();
    if (is_another_embedders(row_)) co_await train_for_another_embedder();
}

// Only at the start of a process: replicas of different settings would else train against each other for
// ever.
awaitable<void> knowledge_control::train_for_another_embedder() {
    asio::steady_timer timer(executor_);
    while (!shared_.target->schema()) {
        if (!jobs::can_learn_from(*shared_.target)) co_return;
        timer.expires_after(first_probe_pause);
        co_await timer.async_wait(asio::use_awaitable);
    }
    auto const seen = co_await stores_.replicas->read(after(look_limit));
    if (seen && !is_another_embedders(seen->knowledge)) co_return;  // another replica has done it
    co_await train_unasked(by_itself, "the embedder is now " + embedder_->fingerprint());
}

awaitable<void> knowledge_control::train_unasked(std::string requested_by, std::string reason) {
    unasked const what{requested_by, "knowledge.train", "knowledge", std::move(reason)};
    co_await start_unasked(*stores_.audit, what, [this, requested_by] { return train(requested_by); });
}

awaitable<result<jobs::job>> knowledge_control::train(std::string requested_by) {
    if (auto ok = jobs::can_learn_from(*shared_.target); !ok) co_return ok.error();
    co_return co_await jobs_.submit(jobs::training_request(std::move(requested_by)),
                                    jobs::training_job(parts(), shared_.settings.get()));
}

awaitable<result<jobs::job>> knowledge_control::clear(std::string requested_by) {
    co_return co_await jobs_.submit(
        {.type = "clear", .requested_by = std::move(requested_by), .time_allowed = clearing_allowed},
        jobs::clearing_job(parts(), shared_.settings.get()));
}

awaitable<result<jobs::job>> knowledge_control::evaluate(std::string requested_by) {
    auto work = evaluation_job(
        {shared_, chroma_, embedder_, *stores_.knowledge, [this] { return *shared_.knowledge_state.get(); }});
    co_return co_await jobs_.submit(evaluation_request(std::move(requested_by)), std::move(work));
}

void knowledge_control::add(ask::example approved) {
    asio::post(executor_, [this, approved = std::move(approved)]() mutable { take(std::move(approved)); });
}

void knowledge_control::take(ask::example approved) {
    if (stopping_) return;
    if (waiting_.size() >= most_waiting)
        return log::warn("too many approved pairs wait already; this one joins with the next training",
                         {{"pair", to_string(approved.id)}});
    waiting_.push_back(approved.id);
    begin_adding();
}

void knowledge_control::begin_adding() {
    if (waiting_.empty() || std::exchange(adding_, true)) return;
    tasks_.spawn("approved pairs", [this] { return add_waiting(); });
}

// What cannot be added now stays in the queue, and is tried again with the look for old collections.
awaitable<void> knowledge_control::add_waiting() {
    std::shared_ptr<void> const ended(nullptr, [this](void*) { adding_ = false; });
    while (!waiting_.empty() && !shared_.in_maintenance()) {
        if (auto const done = co_await add_some(); !done) {
            log::info("approved pairs wait to be added",
                      {{"count", waiting_.size()}, {"error", done.error().message}});
            break;
        }
        if (!waiting_.empty()) co_await pause_for(turn_for_jobs);
    }
}

// Only so many that pairs approved without end keep no job waiting for the lock.
awaitable<result<void>> knowledge_control::add_some() {
    auto const held = co_await stores_.locks->try_lock("jobs", jobs::lock_mode::exclusive, after(lock_limit));
    if (!held) co_return held.error();
    auto const until = after(turn_for_pairs);
    while (!waiting_.empty() && std::chrono::steady_clock::now() < until) {
        if (auto const done = co_await add_pair(waiting_.front()); !done) co_return done.error();
        waiting_.pop_front();
    }
    co_return result<void>{};
}

// As the pair is by now: it may have been rejected or removed since it came into the queue.
awaitable<result<void>> knowledge_control::add_pair(uuid id) {
    auto pair = co_await stores_.knowledge->example_by_id(id, after(add_limit));
    if (!pair && pair.error().code == errc::not_found) co_return result<void>{};
    if (!pair) co_return pair.error();
    if (pair->state != "approved") co_return result<void>{};
    auto const added =
        co_await jobs::add_pair(parts().for_training(), std::move(*pair),
                                ask::may_embed_values(*shared_.settings.get()), after(add_limit));
    if (added) co_return result<void>{};
    if (added.error().code != errc::invalid_input) co_return added.error();
    log::warn("an approved pair is not added before the next training",
              {{"pair", to_string(id)}, {"error", added.error().message}});
    co_return result<void>{};
}

awaitable<void> knowledge_control::keep_retiring() {
    asio::steady_timer timer(executor_);
    for (;;) {
        timer.expires_after(look_interval);
        co_await timer.async_wait(asio::use_awaitable);
        if (shared_.in_maintenance()) continue;
        begin_adding();
        if (auto ok = co_await retire(); !ok)
            log::debug("old collections stay for now", {{"error", ok.error().message}});
    }
}

// Only what was superseded: what lies after the current collection is a training's, or goes with the next.
awaitable<result<void>> knowledge_control::retire() {
    auto const limit = after(look_limit);
    auto const base = shared_.settings.get()->chroma_collection;
    auto const old = co_await jobs::retired(parts().for_training(), base, false, limit);
    if (!old) co_return old.error();
    if (old->empty()) co_return result<void>{};
    auto const held = co_await stores_.locks->try_lock("jobs", jobs::lock_mode::exclusive, limit);
    if (!held) co_return held.error();
    auto const dropped = co_await jobs::drop_retired(parts().for_training(), base, false, limit);
    if (!dropped) co_return dropped.error();
    for (auto const& name : *dropped)
        log::info("old collection dropped", {{"collection", name}});
    co_return result<void>{};
}

}  // namespace vanna::app
