// The coroutines somebody started and is answerable for: each is logged when it throws, all can be cancelled,
// and all are awaited at the end. Lives on one executor (a worker); not thread-safe. The engine's only way to
// spawn.
#pragma once
#include <boost/asio/cancellation_signal.hpp>
#include <list>
#include <string>

#include "core/async/awaitable.hpp"

namespace vanna {

class task_group {
  public:
    explicit task_group(asio::any_io_executor executor) : executor_(std::move(executor)), idle_(executor_) {}
    ~task_group();
    task_group(task_group const&) = delete;

    // Starts `body` (a function returning awaitable<void>, taking what it needs by value). `name` must be a
    // literal.
    template <class F>
    void spawn(char const* name, F body) {
        auto entry = add();
        asio::co_spawn(
            executor_, std::move(body),
            asio::bind_cancellation_slot(
                entry->signal.slot(), [this, entry, name](std::exception_ptr e) { finish(entry, name, e); }));
    }
    std::size_t size() const { return entries_.size(); }
    // Asks every coroutine to stop at its next suspension.
    void cancel();
    // Resumes when none is left.
    awaitable<void> wait();

  private:
    struct entry {
        asio::cancellation_signal signal;
    };
    using handle = std::list<entry>::iterator;
    handle add();
    void finish(handle done, char const* name, std::exception_ptr failure);

    asio::any_io_executor executor_;
    std::list<entry> entries_;
    asio::steady_timer idle_;
};

}  // namespace vanna
