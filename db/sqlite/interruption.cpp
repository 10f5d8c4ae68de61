#include "db/sqlite/interruption.hpp"

#include "core/sql/claim.hpp"

namespace vanna::sqlite {
bool interruption::due() {
    if (cause_) return true;
    if (stop_ && stop_->why() != sql::stop_reason::none)
        cause_ = error{errc::cancelled, public_text{std::string(sql::describe(stop_->why()))}};
    else if (std::chrono::steady_clock::now() >= until_)
        cause_ = error{errc::deadline_exceeded, public_text{"the query took longer than it may"}};
    return cause_.has_value();
}

}  // namespace vanna::sqlite
