#include "server/app/pair_control.hpp"

#include "core/log.hpp"
#include "server/app/unasked.hpp"

namespace vanna::app {
namespace {

constexpr auto step = std::chrono::seconds(1);
constexpr auto store_limit = std::chrono::seconds(10);
// How long until the next look: after pairs that were all checked (others may have approved or restored
// some), after a job that this process began, and while something is in the way.
constexpr auto settled_pause = std::chrono::minutes(10);
constexpr auto job_pause = std::chrono::seconds(30);
constexpr auto short_pause = std::chrono::seconds(2);
constexpr auto evaluation_pause = std::chrono::seconds(10);

}  // namespace

pair_control::pair_control(asio::any_io_executor executor, process& shared, stores& on, jobs::scheduler& jobs,
                           std::function<void(ask::example)> is_back)
    : executor_(executor),
      shared_(shared),
      stores_(on),
      jobs_(jobs),
      is_back_(std::move(is_back)),
      tasks_(executor) {}

void pair_control::start() {
    tasks_.spawn("verified pairs", [this] { return watch_target(); });
    tasks_.spawn("evaluations", [this] { return watch_evaluations(); });
}

awaitable<void> pair_control::stop() {
    tasks_.cancel();
    co_await tasks_.wait();
}

awaitable<void> pair_control::watch_target() {
    asio::steady_timer timer(executor_);
    std::string seen;
    auto due = std::chrono::steady_clock::now();
    for (;;) {
        timer.expires_after(step);
        co_await timer.async_wait(asio::use_awaitable);
        // A restore brings other pairs.
        if (shared_.in_maintenance()) {
            seen.clear();
            continue;
        }
        auto const status = shared_.target->status();
        if (!status.ready || status.version.empty()) continue;
        if (status.version == seen && std::chrono::steady_clock::now() < due) continue;
        seen = status.version;
        due = std::chrono::steady_clock::now() + co_await look(seen);
    }
}

awaitable<std::chrono::seconds> pair_control::look(std::string version) {
    auto const open = co_await stores_.job_rows->running_of("pairs", after(store_limit));
    if (!open || *open) co_return short_pause;
    auto const waiting = co_await stores_.knowledge->unchecked_examples(version, 1, after(store_limit));
    if (!waiting) co_return short_pause;
    if (waiting->empty()) co_return settled_pause;
    unasked const what{"system", "examples.check", "knowledge/examples",
                       "the target is now version " + version.substr(0, 12)};
    co_await start_unasked(*stores_.audit, what, [this] { return check(); });
    co_return job_pause;
}

awaitable<result<jobs::job>> pair_control::check() {
    auto const s = shared_.settings.get();
    jobs::pair_check_bounds within;
    if (s->query_timeout_ms != 0) within.statement_limit = std::chrono::milliseconds(s->query_timeout_ms);
    if (s->query_max_bytes != 0) within.most_bytes = s->query_max_bytes;
    jobs::pair_check_parts const parts{*stores_.knowledge, *shared_.target, *stores_.audit,
                                       [this](ask::example pair) {
                                           shared_.knowledge.forget();
                                           is_back_(std::move(pair));
                                       }};
    auto work = [this, parts, within](jobs::progress& p) -> awaitable<result<boost::json::value>> {
        auto done = co_await jobs::check_pairs(parts, within, p);
        shared_.knowledge.forget();
        co_return done;
    };
    co_return co_await jobs_.submit(jobs::pair_check_request("system"), std::move(work));
}

awaitable<void> pair_control::watch_evaluations() {
    asio::steady_timer timer(executor_);
    for (;;) {
        jobs::job_filter const succeeded{.type = "evaluate", .state = jobs::state::succeeded};
        auto const last = co_await stores_.job_rows->list(succeeded, {.limit = 1}, after(store_limit));
        if (last && !last->items.empty()) evaluation_.set(facts_of(last->items.front()));
        timer.expires_after(evaluation_pause);
        co_await timer.async_wait(asio::use_awaitable);
    }
}

}  // namespace vanna::app
