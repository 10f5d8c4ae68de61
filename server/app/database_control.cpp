#include "server/app/database_control.hpp"

#include "core/log.hpp"

namespace vanna::app {
namespace {

constexpr auto refresh_limit = std::chrono::seconds(60);
constexpr auto look_again = std::chrono::seconds(10);
constexpr auto retry_after = std::chrono::seconds(2);  // it may be back, or its role mended

}  // namespace

database_control::database_control(asio::any_io_executor executor,
                                   std::shared_ptr<pg_target::database_target> target)
    : target_(std::move(target)), tasks_(std::move(executor)) {}

void database_control::start() {
    if (target_) tasks_.spawn("target database", [this] { return keep_refreshing(); });
}

awaitable<void> database_control::stop() {
    tasks_.cancel();
    co_await tasks_.wait();
}

awaitable<void> database_control::keep_refreshing() {
    asio::steady_timer timer(co_await asio::this_coro::executor);
    std::string told;  // the problem that was logged last
    for (;;) {
        auto const before = target_->status().version;
        auto const done = co_await target_->refresh(after(refresh_limit));
        if (!done && done.error().message != std::exchange(told, done.error().message))
            log::warn("the target database cannot be used",
                      {{"error", done.error().message}, {"detail", done.error().detail}});
        if (done) told.clear();
        if (auto const now = target_->status().version; done && now != before)
            log::info("target schema read", {{"version", now}, {"replaced", before}});
        timer.expires_after(done ? look_again : retry_after);
        co_await timer.async_wait(asio::use_awaitable);
    }
}

}  // namespace vanna::app
