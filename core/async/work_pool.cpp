#include "core/async/work_pool.hpp"

#include <pthread.h>
#include <sys/resource.h>
#include <unistd.h>

namespace vanna {

work_pool::work_pool(std::string name, unsigned threads, std::size_t queue, int nice, foreground* front)
    : name_(std::move(name)),
      threads_(std::max(1u, threads)),
      queue_(queue),
      nice_(nice),
      front_(front),
      turns_(threads_),
      pool_(threads_) {}

work_pool::~work_pool() {
    join();
}

void work_pool::join() {
    pool_.join();
}

bool work_pool::admit() {
    if (pending_.fetch_add(1) < long(threads_ + queue_)) return true;
    pending_.fetch_sub(1);
    rejected_.fetch_add(1, std::memory_order_relaxed);
    return false;
}

void work_pool::finish(party by) {
    std::lock_guard const lock(turns_mutex_);
    turns_.done(by);
    while (auto next = turns_.next())
        asio::post(pool_, std::move(*next));
}

void work_pool::look_after(asio::any_io_executor executor, std::function<bool()> has_ended) {
    std::lock_guard const lock(turns_mutex_);
    looked_after_.push_back(std::move(has_ended));
    if (!std::exchange(looking_, true)) look_again(std::move(executor));
}

void work_pool::look_again(asio::any_io_executor executor) {
    auto timer = std::make_shared<asio::steady_timer>(std::move(executor), std::chrono::milliseconds(50));
    auto& waiting = *timer;
    waiting.async_wait([this, timer = std::move(timer)](boost::system::error_code) {
        std::list<std::function<bool()>> all;
        {
            std::lock_guard const lock(turns_mutex_);
            all.swap(looked_after_);
        }
        all.remove_if([](auto& has_ended) { return has_ended(); });
        std::lock_guard const lock(turns_mutex_);
        looked_after_.splice(looked_after_.end(), all);
        looking_ = !looked_after_.empty();
        if (looking_) look_again(timer->get_executor());
    });
}

error never_had_its_turn() {
    return error{errc::overloaded,
                 public_text{"the server is busy: the query could not begin in the time it had; try again "
                             "shortly"}}
        .with_retry(std::chrono::seconds(1));
}

error queue_is_full(work_pool const& pool) {
    return error{errc::overloaded,
                 public_text{"the server is busy: too much work is queued; try again shortly"},
                 internal_text{"the queue of pool " + pool.name() + " is full"}}
        .with_retry(std::chrono::seconds(1));
}

// Once a thread, by the first work it does: Asio's pool has no hook of its own.
void work_pool::name_thread() const {
    thread_local bool done = false;
    if (done) return;
    done = true;
    pthread_setname_np(pthread_self(), name_.c_str());
    if (nice_ != 0) setpriority(PRIO_PROCESS, id_t(gettid()), nice_);
    if (front_) front_->enter(foreground::levels - 1);
}

}  // namespace vanna
