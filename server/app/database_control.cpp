#include "server/app/database_control.hpp"

#include "core/log.hpp"

namespace vanna::app {
namespace {

constexpr auto refresh_limit = std::chrono::seconds(60);
constexpr auto look_again = std::chrono::seconds(10);
constexpr auto retry_after = std::chrono::seconds(2);  // it may be back, or its role mended

}  // namespace

awaitable<std::shared_ptr<sql::schema const>> schema_of(std::shared_ptr<pg_target::database_target> target,
                                                        deadline limit) {
    if (auto known = target->schema()) co_return known;
    auto const looked = co_await target->refresh(std::min(limit, after(refresh_limit)), nullptr);
    if (!looked)
        log::warn("the target's schema cannot be read; train once it can",
                  {{"error", looked.error().message}, {"detail", looked.error().detail}});
    co_return target->schema();
}

database_control::database_control(asio::any_io_executor executor,
                                   std::shared_ptr<pg_target::database_target> target)
    : target_(std::move(target)), tasks_(std::move(executor)) {}

void database_control::start() {
    if (target_) tasks_.spawn("target database", [this] { return keep_refreshing(); });
}

awaitable<void> database_control::stop() {
    stop_->request(sql::stop_reason::shutdown);
    tasks_.cancel();
    co_await tasks_.wait();
}

awaitable<void> database_control::keep_refreshing() {
    asio::steady_timer timer(co_await asio::this_coro::executor);
    std::string told;  // the problem that was logged last
    for (;;) {
        auto const before = target_->status().version;
        auto const done = co_await refresh();
        if (stop_->why() != sql::stop_reason::none) co_return;
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

// A failure that nobody foresaw ends this look alone: without the next ones a role's new rights stay unseen.
awaitable<result<void>> database_control::refresh() {
    try {
        co_return co_await target_->refresh(after(refresh_limit), stop_);
    } catch (std::exception const& e) {
        if (stop_->why() != sql::stop_reason::none) throw;
        co_return error{errc::internal, public_text{"the look at the target database failed"},
                        internal_text{e.what()}};
    }
}

}  // namespace vanna::app
