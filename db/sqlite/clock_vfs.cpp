#include "db/sqlite/clock_vfs.hpp"

#include <sqlite3.h>

#include <stdexcept>
#include <utility>

namespace vanna::sqlite {
namespace {

thread_local bool was_read = false;

sqlite3_vfs* system_vfs() {
    static sqlite3_vfs* const found = [] {
        sqlite3_initialize();
        return sqlite3_vfs_find(nullptr);
    }();
    return found;
}

int current_time(sqlite3_vfs*, double* days) {
    was_read = true;
    return system_vfs()->xCurrentTime(system_vfs(), days);
}

int current_time_milliseconds(sqlite3_vfs*, sqlite3_int64* out) {
    was_read = true;
    return system_vfs()->xCurrentTimeInt64(system_vfs(), out);
}

}  // namespace

char const* clock_vfs() {
    static sqlite3_vfs const* const registered = [] {
        static sqlite3_vfs copy = *system_vfs();
        copy.pNext = nullptr;
        copy.zName = "vanna-clock";
        copy.xCurrentTime = current_time;
        copy.xCurrentTimeInt64 = current_time_milliseconds;
        if (sqlite3_vfs_register(&copy, 0) != SQLITE_OK) throw std::runtime_error("SQLite refuses a VFS");
        return &copy;
    }();
    return registered->zName;
}

bool clock_was_read() {
    return std::exchange(was_read, false);
}

}  // namespace vanna::sqlite
