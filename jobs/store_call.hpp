// Calls of a job to a store, which may hang: ended when the job's stop flag is raised, and none may take
// longer than a minute, however long the job may; and how long a job may clean up after itself.
#pragma once
#include "core/async/unless_stopped.hpp"

namespace vanna::jobs {

// Until when one call may take, of a job that may run until `job`.
inline deadline call_limit(deadline job) {
    return std::min(job, after(std::chrono::minutes(1)));
}

// Until when what a job has made is removed, `usually`; when the process stops, what takes longer is left to
// whoever looks next.
inline deadline clean_up_limit(sql::stop_flag const& stop, std::chrono::seconds usually) {
    constexpr std::chrono::seconds at_the_end{3};
    return after(stop.why() == sql::stop_reason::shutdown ? std::min(usually, at_the_end) : usually);
}

// `stop` may be null: nobody can stop it.
template <class T>
awaitable<result<T>> store_call(awaitable<result<T>> operation, std::shared_ptr<sql::stop_flag> stop) {
    if (!stop) co_return co_await std::move(operation);
    co_return co_await unless_stopped(std::move(operation), std::move(stop));
}

}  // namespace vanna::jobs
