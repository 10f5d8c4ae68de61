#include "core/query/trail.hpp"

#include "core/log.hpp"

namespace vanna::query {
namespace {

using namespace std::chrono_literals;
constexpr auto group_time = 25ms;
constexpr std::size_t most_records = 500, most_bytes = 1u << 20;
constexpr std::chrono::milliseconds first_pause = 100ms, longest_pause = 2s;

}  // namespace

trail::trail(asio::any_io_executor executor, spool_folder const& folder, std::string name, store& to,
             work_pool& files, spool_limits limits, std::function<bool()> must_wait)
    : spool_(folder, std::move(name), limits),
      committer_(to, folder.rejected_path(), std::move(must_wait)),
      files_(files),
      wake_(executor),
      flushed_(executor) {}

result<void> trail::append(record const& r) {
    auto kept = spool_.append(r);
    if (!kept) {
        counts_.refused.fetch_add(1, std::memory_order_relaxed);
        return kept;
    }
    if (due_ == clock::time_point::max()) {
        due_ = clock::now() + group_time;
        counts_.oldest_us.store(now().time_since_epoch().count(), std::memory_order_relaxed);
        wake_.cancel();
    } else if (spool_.records() == most_records) {
        wake_.cancel();
    }
    counts_.records.store(spool_.records(), std::memory_order_relaxed);
    counts_.bytes.store(spool_.bytes(), std::memory_order_relaxed);
    return kept;
}

trail::clock::time_point trail::next_turn() const {
    if (spool_.empty()) return clock::time_point::max();
    if (flushing_) return retry_;
    return std::max(retry_, spool_.records() >= most_records ? clock::time_point{} : due_);
}

awaitable<void> trail::run() {
    for (;;) {
        auto const turn = next_turn();
        if (turn > clock::now()) {
            wake_.expires_at(turn);
            co_await wake_.async_wait(asio::as_tuple(asio::use_awaitable));
            continue;
        }
        bool const done = co_await commit_front();
        if (done) {
            if (pause_ > 0ms) log::info("query records reach PostgreSQL again", {{"left", spool_.records()}});
            pause_ = 0ms;
            due_ = spool_.empty() ? clock::time_point::max() : clock::now() + group_time;
        } else {
            pause_ = std::clamp(pause_ * 2, first_pause, longest_pause);
            retry_ = clock::now() + pause_;
            flushing_ = false;
        }
        show();
        if (spool_.empty() || !done) flushed_.cancel();
    }
}

// True: the front of the spool is committed or put aside.
awaitable<bool> trail::commit_front() {
    if (auto const path = spool_.to_load()) {
        auto bytes = co_await offload(files_, [p = *path] { return read_file(p); });
        // Records that the disk lost are lost; the rest must not wait for them.
        if (!bytes && bytes.error().code == errc::overloaded) co_return false;
        if (!bytes) log::error("a spool segment is gone", {{"error", bytes.error().detail}});
        spool_.load(bytes ? std::move(*bytes) : std::string());
    }
    auto const batch = spool_.front(most_records, most_bytes);
    auto done = co_await committer_.commit(batch.records);
    if (!done) {
        counts_.failed_commits.fetch_add(1, std::memory_order_relaxed);
        if (pause_ == 0ms) log::warn("query records wait in the spool", {{"error", done.error().detail}});
        co_return false;
    }
    committer_.put_aside_unreadable(batch.unreadable);
    spool_.drop(batch);
    co_return true;
}

void trail::show() {
    auto const oldest = spool_.oldest();
    if (spool_.empty())
        counts_.oldest_us = 0;
    else if (oldest)
        counts_.oldest_us = oldest->time_since_epoch().count();
    counts_.records = spool_.records();
    counts_.bytes = spool_.empty() ? 0 : spool_.bytes();
    counts_.committed = committer_.committed();
    counts_.rejected = committer_.rejected();
    counts_.disk_failing = spool_.disk_failing();
}

awaitable<bool> trail::flush(deadline limit) {
    flushing_ = true;
    retry_ = {};
    wake_.cancel();
    while (!spool_.empty() && flushing_ && clock::now() < limit) {
        flushed_.expires_at(limit);
        co_await flushed_.async_wait(asio::as_tuple(asio::use_awaitable));
    }
    flushing_ = false;
    co_return spool_.empty();
}

}  // namespace vanna::query
