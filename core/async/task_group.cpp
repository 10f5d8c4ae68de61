#include "core/async/task_group.hpp"

#include <cassert>

#include "core/log.hpp"

namespace vanna {

task_group::~task_group() {
    assert(entries_.empty() && "a task_group was destroyed before wait()");
}

task_group::handle task_group::add() {
    return entries_.emplace(entries_.end());
}

void task_group::finish(handle done, char const* name, std::exception_ptr failure) {
    if (failure) {
        try {
            std::rethrow_exception(failure);
        } catch (boost::system::system_error const& e) {
            if (e.code() != asio::error::operation_aborted)
                log::error("task failed", {{"task", name}, {"error", e.what()}});
        } catch (std::exception const& e) {
            log::error("task failed", {{"task", name}, {"error", e.what()}});
        }
    }
    entries_.erase(done);
    if (entries_.empty()) idle_.cancel();
}

void task_group::cancel() {
    // A cancelled coroutine may finish at once and erase its entry: step past it first.
    for (auto it = entries_.begin(); it != entries_.end();)
        (it++)->signal.emit(asio::cancellation_type::terminal);
}

awaitable<void> task_group::wait() {
    while (!entries_.empty()) {
        idle_.expires_at(asio::steady_timer::time_point::max());
        co_await idle_.async_wait(asio::as_tuple(asio::use_awaitable));
    }
}

}  // namespace vanna
