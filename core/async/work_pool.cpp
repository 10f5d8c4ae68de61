#include "core/async/work_pool.hpp"

#include <pthread.h>
#include <sys/resource.h>
#include <unistd.h>

namespace vanna {

work_pool::work_pool(std::string name, unsigned threads, std::size_t queue, int nice)
    : name_(std::move(name)), threads_(std::max(1u, threads)), queue_(queue), nice_(nice), pool_(threads_) {}

work_pool::~work_pool() {
    join();
}

void work_pool::join() {
    pool_.join();
}

// Once a thread, by the first work it does: Asio's pool has no hook of its own.
void work_pool::name_thread() const {
    thread_local bool done = false;
    if (done) return;
    done = true;
    pthread_setname_np(pthread_self(), name_.c_str());
    if (nice_ != 0) setpriority(PRIO_PROCESS, id_t(gettid()), nice_);
}

}  // namespace vanna
