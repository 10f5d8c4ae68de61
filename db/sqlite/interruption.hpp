// Why and when a running statement must stop: its deadline, or a stop flag raised by the request. Polled by
// SQLite's progress handler, by the functions of ours and by the allocator, on the pool thread that runs the
// statement.
#pragma once
#include <memory>
#include <optional>

#include "core/clock.hpp"
#include "core/error.hpp"
#include "core/sql/target.hpp"

namespace vanna::sqlite {

class interruption {
  public:
    void arm(deadline until, sql::stop_flag const* stop) {
        until_ = until;
        stop_ = stop;
        cause_.reset();
    }
    // For work that SQLite does not interrupt: true once it must stop. Looks at the clock only now and then.
    bool spend(std::uint64_t steps) {
        if ((spent_ += steps) < steps_between_looks) return cause_.has_value();
        spent_ = 0;
        return due();
    }
    void disarm() { arm(deadline::max(), nullptr); }

    // True once the statement must stop; stays true until armed again.
    bool due();
    // Why it was stopped; nothing when it was not.
    std::optional<error> cause() const { return cause_; }

  private:
    static constexpr std::uint64_t steps_between_looks = 1'000'000;  // a millisecond or two

    deadline until_ = deadline::max();
    sql::stop_flag const* stop_ = nullptr;
    std::optional<error> cause_;
    std::uint64_t spent_ = 0;
};

}  // namespace vanna::sqlite
