#include "db/sqlite/preparation.hpp"

#include <sqlite3.h>

namespace vanna::sqlite {
namespace {

thread_local interruption* preparing = nullptr;
thread_local unsigned allocations = 0;

sqlite3_mem_methods system_memory{};

bool is_refused() {
    return preparing && (preparing->cause() || (++allocations % 64 == 0 && preparing->due()));
}

void* allocate(int bytes) {
    return is_refused() ? nullptr : system_memory.xMalloc(bytes);
}

void* reallocate(void* old, int bytes) {
    return is_refused() ? nullptr : system_memory.xRealloc(old, bytes);
}

// Before main(): SQLite takes an allocator only before its first use.
int const installed = [] {
    sqlite3_config(SQLITE_CONFIG_GETMALLOC, &system_memory);
    auto methods = system_memory;
    methods.xMalloc = allocate;
    methods.xRealloc = reallocate;
    return sqlite3_config(SQLITE_CONFIG_MALLOC, &methods);
}();

}  // namespace

preparation::preparation(interruption* watch) {
    preparing = installed == SQLITE_OK ? watch : nullptr;
}

preparation::~preparation() {
    preparing = nullptr;
}

}  // namespace vanna::sqlite
