#include "db/postgres/replica_watch.hpp"

#include <libpq-fe.h>

#include "core/log.hpp"
#include "db/postgres/sqlstate.hpp"

namespace vanna::postgres {

using namespace std::chrono_literals;
constexpr auto poll_period = 500ms;

namespace {

std::int64_t ticks() {
    return std::chrono::steady_clock::now().time_since_epoch() / 1ns;
}

}  // namespace

replica_watch::replica_watch(pool& on, callback changed)
    : pool_(on), changed_(std::move(changed)), tasks_(on.executor()), turn_(on.executor()) {}

awaitable<result<void>> replica_watch::start(deadline limit) {
    auto first = co_await look(limit);
    tasks_.spawn("replica poll", [this] { return poll(); });
    tasks_.spawn("replica listener", [this] { return listen(); });
    co_return first;
}

awaitable<void> replica_watch::stop() {
    tasks_.cancel();
    co_await tasks_.wait();
}

std::chrono::milliseconds replica_watch::age() const {
    return std::chrono::duration_cast<std::chrono::milliseconds>(
        std::chrono::nanoseconds(ticks() - true_at_.load()));
}

void replica_watch::wake() {
    announced_ = true;
    turn_.cancel();
}

// Compares the fingerprint unless something was announced; reads and hands over what is new.
awaitable<result<void>> replica_watch::look(deadline limit) {
    auto const began = ticks();
    if (!std::exchange(announced_, false) && !fingerprint_.empty()) {
        auto const now = co_await read_fingerprint(pool_, limit);
        if (!now) co_return now.error();
        if (*now == fingerprint_) {
            true_at_ = began;
            co_return result<void>{};
        }
    }
    auto read = co_await read_snapshot(pool_, limit);
    if (!read) {
        announced_ = true;
        co_return read.error();
    }
    true_at_ = began;
    if (read->fingerprint != fingerprint_) {
        fingerprint_ = read->fingerprint;
        changed_(std::move(read->state));
    }
    co_return result<void>{};
}

awaitable<void> replica_watch::poll() {
    for (bool failing = false;;) {
        if (!announced_) {
            turn_.expires_after(poll_period);
            co_await turn_.async_wait(asio::as_tuple(asio::use_awaitable));
        }
        auto const seen = co_await look(after(2s));
        if (!seen && !failing)
            log::warn("following the replicas' state failed", {{"error", seen.error().detail}});
        failing = !seen;
        if (failing) {  // announced_ is set: without a pause this would spin
            turn_.expires_after(poll_period / 5);
            co_await turn_.async_wait(asio::as_tuple(asio::use_awaitable));
        }
    }
}

awaitable<void> replica_watch::listen() {
    asio::steady_timer pause(pool_.executor());
    for (;;) {
        auto on = co_await session::open(pool_.where().with_statement_timeout({}), after(5s));
        if (on) {
            auto const ended = co_await hear(**on);
            listening_ = false;
            if (!ended) log::warn("the listening connection was lost", {{"error", ended.error().detail}});
        }
        pause.expires_after(on ? 50ms : 500ms);
        co_await pause.async_wait(asio::use_awaitable);
    }
}

awaitable<result<void>> replica_watch::hear(session& on) {
    auto const listening = co_await on.script("listen vanna_changes", after(5s));
    if (!listening) co_return listening;
    listening_ = true;
    wake();  // what was announced while nobody listened
    for (auto* const raw = on.link().get();;) {
        while (auto* const note = PQnotifies(raw)) {
            PQfreemem(note);
            announcements_ = announcements_ + 1;
            wake();
        }
        if (auto const failure = co_await on.link().readable()) co_return unavailable(failure.message());
        if (PQconsumeInput(raw) == 0) co_return unavailable(message_of(raw));
    }
}

}  // namespace vanna::postgres
