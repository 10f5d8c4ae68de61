#include "db/sqlite/vfs.hpp"

#include <fcntl.h>
#include <sqlite3.h>

#include <cstring>
#include <stdexcept>
#include <string_view>
#include <utility>

namespace vanna::sqlite {
namespace {

constexpr std::string_view descriptors = "/proc/self/fd/";

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

// The system's resolves the link to a name, which another file may have by now.
int full_path(sqlite3_vfs*, char const* name, int room, char* out) {
    if (!std::string_view(name).starts_with(descriptors))
        return system_vfs()->xFullPathname(system_vfs(), name, room, out);
    if (std::strlen(name) >= std::size_t(room)) return SQLITE_CANTOPEN;
    std::strcpy(out, name);
    return SQLITE_OK;
}

// SQLite follows no link that it has not resolved itself, and these are links by their looks only.
int open_file(char const* name, int flags, int mode) {
    return ::open(name, std::string_view(name).starts_with(descriptors) ? flags & ~O_NOFOLLOW : flags, mode);
}

}  // namespace

char const* vfs_name() {
    static sqlite3_vfs const* const registered = [] {
        system_vfs()->xSetSystemCall(system_vfs(), "open", reinterpret_cast<sqlite3_syscall_ptr>(open_file));
        static sqlite3_vfs copy = *system_vfs();
        copy.pNext = nullptr;
        copy.zName = "vanna";
        copy.xCurrentTime = current_time;
        copy.xCurrentTimeInt64 = current_time_milliseconds;
        copy.xFullPathname = full_path;
        if (sqlite3_vfs_register(&copy, 0) != SQLITE_OK) throw std::runtime_error("SQLite refuses a VFS");
        return &copy;
    }();
    return registered->zName;
}

std::string path_of_descriptor(int descriptor) {
    return std::string(descriptors) + std::to_string(descriptor);
}

bool clock_was_read() {
    return std::exchange(was_read, false);
}

}  // namespace vanna::sqlite
