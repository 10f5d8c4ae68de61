#include "core/auth/rate_limit.hpp"

namespace vanna::auth {

rate_verdict local_rate_counters::take(std::vector<rate_rule> const& rules, std::chrono::seconds window,
                                       clock::time_point at) {
    std::lock_guard lock(mutex_);
    rate_verdict verdict{.remaining = UINT64_MAX};
    for (auto const& rule : rules) {
        auto const found = counters_.find(rule.key);
        bool const open = found != counters_.end() && found->second.ends > at;
        auto const used = open ? found->second.used : 0;
        if (used >= rule.limit) {
            auto const wait = open ? found->second.ends - at : clock::duration(window);
            verdict.allowed = false;
            verdict.retry_after =
                std::max(verdict.retry_after, std::chrono::ceil<std::chrono::seconds>(wait));
        } else {
            verdict.remaining = std::min(verdict.remaining, rule.limit - used - 1);
        }
    }
    if (!verdict.allowed) {
        verdict.remaining = 0;
        return verdict;
    }
    for (auto const& rule : rules) {
        if (counters_.size() >= most_keys_ && !counters_.contains(rule.key)) make_room(at);
        auto& c = counters_[rule.key];
        if (c.ends <= at) c = {0, at + window};
        ++c.used;
    }
    return verdict;
}

void local_rate_counters::give_back(std::vector<std::string> const& keys) {
    std::lock_guard lock(mutex_);
    for (auto const& key : keys)
        if (auto const found = counters_.find(key); found != counters_.end() && found->second.used > 0)
            if (--found->second.used == 0) counters_.erase(found);
}

void local_rate_counters::make_room(clock::time_point at) {
    std::erase_if(counters_, [at](auto const& c) { return c.second.ends <= at; });
    // All windows open: an attacker with very many addresses. A tenth goes, so that this sweep stays rare.
    for (auto it = counters_.begin(); counters_.size() > most_keys_ - most_keys_ / 10 - 1;)
        it = counters_.erase(it);
}

std::size_t local_rate_counters::size() const {
    std::lock_guard lock(mutex_);
    return counters_.size();
}

}  // namespace vanna::auth
