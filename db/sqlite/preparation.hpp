// Interrupts sqlite3_prepare. This SQLite polls its progress handler only while a statement runs, but a short
// text of views within views can take seconds and all memory to prepare. Preparing allocates all the time, so
// SQLite's allocator asks: past the deadline memory is refused, and the preparation ends as out of memory.
#pragma once
#include "db/sqlite/interruption.hpp"

namespace vanna::sqlite {

// While it lives, allocations of this thread stop when `watch` is due. Null: they do not.
class preparation {
  public:
    explicit preparation(interruption* watch);
    ~preparation();
    preparation(preparation const&) = delete;
};

}  // namespace vanna::sqlite
