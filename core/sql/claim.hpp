// What both engines of the target share: a statement's claim to a turn on the pool, and the words for why it
// was stopped.
#pragma once
#include "core/async/work_pool.hpp"
#include "core/sql/target.hpp"

namespace vanna::sql {

// What a statement needs to get its turn on the pool, and when it stops waiting for it.
struct claim {
    party by;
    deadline until;
    std::shared_ptr<stop_flag> stop;

    template <class F>
    auto offload(work_pool& pool, F function) const {
        auto given_up = [stop = stop] { return stop && stop->why() != stop_reason::none; };
        return vanna::offload(pool, by, until, std::move(given_up), std::move(function));
    }
};

// For people.
inline std::string_view describe(stop_reason why) {
    switch (why) {
        case stop_reason::client_gone:
            return "the client went away";
        case stop_reason::shutdown:
            return "the server is stopping";
        case stop_reason::out_of_time:
            return "the time allowed for it ran out";
        default:
            return "the query was cancelled";
    }
}

}  // namespace vanna::sql
