// Why and when a running statement must stop: its deadline, or a stop flag raised by the request. Polled by
// SQLite's progress handler and authorizer on the pool thread that runs the statement.
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
    void disarm() { arm(deadline::max(), nullptr); }

    // True once the statement must stop; stays true until armed again.
    bool due();
    // Why it was stopped; nothing when it was not.
    std::optional<error> cause() const { return cause_; }

  private:
    deadline until_ = deadline::max();
    sql::stop_flag const* stop_ = nullptr;
    std::optional<error> cause_;
};

}  // namespace vanna::sqlite
