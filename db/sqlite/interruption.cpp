#include "db/sqlite/interruption.hpp"

namespace vanna::sqlite {
namespace {

std::string_view describe(sql::stop_reason why) {
    switch (why) {
        case sql::stop_reason::client_gone:
            return "the client went away";
        case sql::stop_reason::shutdown:
            return "the server is stopping";
        case sql::stop_reason::out_of_time:
            return "the time allowed for it ran out";
        default:
            return "the query was cancelled";
    }
}

}  // namespace

bool interruption::due() {
    if (cause_) return true;
    if (stop_ && stop_->why() != sql::stop_reason::none)
        cause_ = error{errc::cancelled, public_text{std::string(describe(stop_->why()))}};
    else if (std::chrono::steady_clock::now() >= until_)
        cause_ = error{errc::deadline_exceeded, public_text{"the query took longer than it may"}};
    return cause_.has_value();
}

}  // namespace vanna::sqlite
