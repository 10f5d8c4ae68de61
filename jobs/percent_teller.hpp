// How far the work of a pool thread has come, told as the job's progress.
#pragma once
#include <functional>

#include "core/async/awaitable.hpp"
#include "jobs/scheduler.hpp"

namespace vanna::jobs {

// Called on a pool thread with bytes done and all; tells whole percents between `from` and `to` on the job's
// own thread, where `told` must outlive the work.
inline std::function<void(std::uint64_t, std::uint64_t)> percent_teller(asio::any_io_executor executor,
                                                                        progress& told, std::string stage,
                                                                        int from, int to) {
    return [executor, &told, stage = std::move(stage), from, to, last = -1](std::uint64_t done,
                                                                            std::uint64_t all) mutable {
        auto const share = double(done) / double(std::max<std::uint64_t>(1, all));
        auto const percent = from + int(double(to - from) * share);
        if (percent == std::exchange(last, percent)) return;
        asio::post(executor, [&told, stage, percent] { told.at(stage, percent); });
    };
}

}  // namespace vanna::jobs
