// A job within a job: what it tells becomes a part of the whole's progress, and it ends when the whole does.
#pragma once
#include "jobs/scheduler.hpp"

namespace vanna::jobs {

class part_of_progress final : public progress {
  public:
    // Its 0 to 100 percent are the whole's `from` to `to`; its stages come after `name`.
    part_of_progress(progress& whole, std::string name, int from, int to)
        : whole_(whole), name_(std::move(name)), from_(from), to_(to) {}

    void at(std::string stage, int percent) override {
        whole_.at(name_ + ": " + stage, from_ + (to_ - from_) * percent / 100);
    }
    bool cancelled() const override { return whole_.cancelled(); }
    std::shared_ptr<sql::stop_flag> stop() const override { return whole_.stop(); }
    deadline limit() const override { return whole_.limit(); }
    uuid id() const override { return whole_.id(); }
    awaitable<result<void>> still_alone() override { return whole_.still_alone(); }

  private:
    progress& whole_;
    std::string name_;
    int from_, to_;
};

}  // namespace vanna::jobs
