// What blocking work of a job looks at again and again: its absolute deadline and the flag that asks for its
// end. A value: give it by copy to offload, by reference further down.
#pragma once
#include <memory>

#include "core/clock.hpp"
#include "core/error.hpp"
#include "core/sql/target.hpp"

namespace vanna::jobs {

struct watch {
    deadline until = deadline::max();
    std::shared_ptr<sql::stop_flag> stop;  // null: nobody can ask

    // cancelled or deadline_exceeded once the work should end. Cheap enough for every block of a file.
    result<void> check() const {
        auto const why = stop ? stop->why() : sql::stop_reason::none;
        if (why == sql::stop_reason::shutdown)
            return error{errc::cancelled, public_text{"the server is stopping; the work was given up"}};
        if (why != sql::stop_reason::none)
            return error{errc::cancelled, public_text{"the work was cancelled"}};
        if (until != deadline::max() && std::chrono::steady_clock::now() >= until)
            return error{errc::deadline_exceeded, public_text{"the work did not end in the time it had"}};
        return {};
    }
};

}  // namespace vanna::jobs
