#include "db/sqlite/allowance.hpp"

#include <sqlite3.h>

#include <algorithm>
#include <limits>

namespace vanna::sqlite {
namespace {

constexpr std::size_t long_allocation = 64u << 10;  // filling it takes longer than a look at the clock
constexpr unsigned allocations_between_looks = 64;

thread_local allowance* charged = nullptr;

sqlite3_mem_methods system_memory{};

std::ptrdiff_t size_of(void* block) {
    return system_memory.xSize(block);
}

void* allocate(int bytes) {
    if (!charged) return system_memory.xMalloc(bytes);
    if (!charged->admits(std::size_t(bytes))) return nullptr;
    auto* const made = system_memory.xMalloc(bytes);
    if (made) charged->add(size_of(made));
    return made;
}

void* reallocate(void* old, int bytes) {
    if (!charged) return system_memory.xRealloc(old, bytes);
    auto const before = size_of(old);
    if (!charged->admits(std::size_t(std::max<std::ptrdiff_t>(0, bytes - before)))) return nullptr;
    auto* const made = system_memory.xRealloc(old, bytes);
    if (made) charged->add(size_of(made) - before);
    return made;
}

void release(void* block) {
    if (charged) charged->add(-size_of(block));
    system_memory.xFree(block);
}

// Before main(): SQLite takes an allocator only before its first use.
[[maybe_unused]] int const installed = [] {
    sqlite3_config(SQLITE_CONFIG_GETMALLOC, &system_memory);
    auto methods = system_memory;
    methods.xMalloc = allocate;
    methods.xRealloc = reallocate;
    methods.xFree = release;
    return sqlite3_config(SQLITE_CONFIG_MALLOC, &methods);
}();

}  // namespace

void allowance::begin(std::size_t most) {
    used_ = peak_ = 0;
    most_ = std::ptrdiff_t(std::min(most, std::size_t(std::numeric_limits<std::ptrdiff_t>::max())));
    exceeded_ = stopped_ = false;
}

bool allowance::admits(std::size_t bytes) {
    bool const look = bytes >= long_allocation || ++allocations_ % allocations_between_looks == 0;
    stopped_ = stopped_ || (look && watch_ && watch_->due());
    if (stopped_) return false;
    if (used_ + std::ptrdiff_t(bytes) <= most_) return true;
    exceeded_ = true;
    return false;
}

void allowance::add(std::ptrdiff_t bytes) {
    used_ += bytes;
    peak_ = std::max(peak_, used_);
}

allowance::charging::charging(allowance& to) {
    charged = &to;
}

allowance::charging::~charging() {
    charged = nullptr;
}

}  // namespace vanna::sqlite
