#include "core/async/work_pool.hpp"

namespace vanna {

work_pool::work_pool(std::string name, unsigned threads, std::size_t queue)
    : name_(std::move(name)), threads_(std::max(1u, threads)), queue_(queue), pool_(threads_) {}

work_pool::~work_pool() {
    join();
}

void work_pool::join() {
    pool_.join();
}

}  // namespace vanna
