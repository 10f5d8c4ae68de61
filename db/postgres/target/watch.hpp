// Until when a statement may run, and whether anybody still waits for it. Looked at every few milliseconds by
// the pool thread that waits for the server's answer.
#pragma once
#include <algorithm>
#include <memory>
#include <optional>

#include "core/clock.hpp"
#include "core/error.hpp"
#include "core/sql/claim.hpp"

namespace vanna::pg_target {

class watch {
  public:
    explicit watch(deadline until, std::shared_ptr<sql::stop_flag> stop = nullptr)
        : until_(until), stop_(std::move(stop)) {}

    // Why the statement must end now; nothing while it may go on.
    std::optional<error> cause() const {
        auto const why = stop_ ? stop_->why() : sql::stop_reason::none;
        if (why != sql::stop_reason::none)
            return error{errc::cancelled, public_text{std::string(sql::describe(why))}};
        if (std::chrono::steady_clock::now() >= until_)
            return error{errc::deadline_exceeded, public_text{"the query took longer than it may"}};
        return {};
    }
    // The same, but for no later than `limit`.
    watch until(deadline limit) const { return watch(std::min(until_, limit), stop_); }
    // For the server's statement_timeout, which wants a whole number; 0: no limit.
    std::int64_t milliseconds_left() const {
        if (until_ == deadline::max()) return 0;
        auto const left =
            std::chrono::ceil<std::chrono::milliseconds>(until_ - std::chrono::steady_clock::now());
        return std::clamp<std::int64_t>(left.count(), 1, INT32_MAX);
    }

  private:
    deadline until_;
    std::shared_ptr<sql::stop_flag> stop_;
};

}  // namespace vanna::pg_target
