// What a job's body is told by, without a scheduler: keeps the stages, can be cancelled, can lose its lock.
#pragma once
#include "jobs/scheduler.hpp"

namespace vanna::test {

struct fake_progress : jobs::progress {
    std::vector<std::string> stages;
    std::shared_ptr<sql::stop_flag> flag = std::make_shared<sql::stop_flag>();
    bool alone = true;
    deadline until = deadline::max();

    void at(std::string stage, int) override {
        if (stages.empty() || stages.back() != stage) stages.push_back(std::move(stage));
    }
    bool cancelled() const override { return flag->why() != sql::stop_reason::none; }
    std::shared_ptr<sql::stop_flag> stop() const override { return flag; }
    deadline limit() const override { return std::min(until, after(std::chrono::seconds(5))); }
    uuid id() const override { return {}; }
    awaitable<result<void>> still_alone() override {
        if (!alone) co_return error{errc::conflict, public_text{"the lock was lost"}};
        co_return result<void>{};
    }
};

}  // namespace vanna::test
