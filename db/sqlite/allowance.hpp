// What SQLite may allocate on behalf of one statement. Its heap limit is one for the whole process, so
// without this one statement could take all of it from the others. The allocator also looks at the watch:
// preparing never polls SQLite's progress handler, and neither do the calls of a statement that does not
// jump, but both allocate.
#pragma once
#include <cstddef>

#include "db/sqlite/interruption.hpp"

namespace vanna::sqlite {

// One a connection; used by one thread at a time.
class allowance {
  public:
    // `watch` may be null: allocations do not stop then.
    explicit allowance(interruption* watch) : watch_(watch) {}

    // For a new statement, or another stage of one.
    void begin(std::size_t most);
    // A statement that was refused memory for its own greed, as against that of all together.
    bool is_exceeded() const { return exceeded_; }
    std::size_t peak() const { return std::size_t(peak_); }

    // While it lives, what this thread allocates through SQLite counts.
    class charging {
      public:
        explicit charging(allowance& to);
        ~charging();
        charging(charging const&) = delete;
    };

    // For the allocator: whether these bytes may be had, and what was taken or, negative, given back.
    bool admits(std::size_t bytes);
    void add(std::ptrdiff_t bytes);

  private:
    interruption* watch_;
    std::ptrdiff_t used_ = 0, peak_ = 0, most_ = 0;  // what was there before begin() may be freed: below zero
    unsigned allocations_ = 0;
    bool exceeded_ = false, stopped_ = false;
};

}  // namespace vanna::sqlite
