#include "core/query/running.hpp"

namespace vanna::query {

// Longer than a client-given id may differ from now, so that an id is refused either as known or as too old.
constexpr auto remembered = std::chrono::minutes(10);

result<running::entry> running::add(uuid id, uuid user, std::shared_ptr<sql::stop_flag> stop,
                                    std::uint64_t most) {
    std::lock_guard lock(mutex_);
    auto const now = std::chrono::steady_clock::now();
    while (!recent_order_.empty() && now - recent_order_.front().first > remembered) {
        recent_.erase(recent_order_.front().second);
        recent_order_.pop_front();
    }
    if (jobs_.contains(id) || recent_.contains(id))
        return error{errc::conflict, public_text{"the query id " + to_string(id) +
                                                 " is already known; a new query needs a new id"}};
    auto& count = per_user_[user];
    if (most != 0 && count >= most)
        return error{errc::rate_limited,
                     public_text{"you already have " + std::to_string(count) +
                                 " queries running, which is the limit; wait for one or cancel it"}}
            .with_retry(std::chrono::seconds(1));
    ++count;
    jobs_.emplace(id, job{user, std::move(stop)});
    return entry(*this, id, user);
}

result<uuid> running::cancel(uuid id, uuid by, bool as_admin) {
    std::lock_guard lock(mutex_);
    auto const found = jobs_.find(id);
    bool const here = found != jobs_.end();
    if (!here || (found->second.user != by && !as_admin))
        return error{here ? errc::forbidden : errc::not_found,
                     public_text{"no query " + to_string(id) + " of yours is running"}};
    if (found->second.stop) found->second.stop->request(sql::stop_reason::requested);
    return found->second.user;
}

void running::stop_all(sql::stop_reason why) {
    std::lock_guard lock(mutex_);
    for (auto& [id, job] : jobs_)
        if (job.stop) job.stop->request(why);
}

std::size_t running::size() const {
    std::lock_guard lock(mutex_);
    return jobs_.size();
}

void running::remember(uuid id) {
    std::lock_guard lock(mutex_);
    if (recent_.insert(id).second) recent_order_.emplace_back(std::chrono::steady_clock::now(), id);
}

void running::remove(uuid id, uuid user) {
    std::lock_guard lock(mutex_);
    jobs_.erase(id);
    if (auto count = per_user_.find(user); count != per_user_.end() && --count->second == 0)
        per_user_.erase(count);
}

}  // namespace vanna::query
