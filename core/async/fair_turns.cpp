#include "core/async/fair_turns.hpp"

namespace vanna {

bool fair_turns::has_turn(user const& u, bool bulk) const {
    return running_ < threads_ && u.running < share_ &&
           (!bulk || (bulk_running_ < share_ && u.bulk_running < bulk_share_));
}

void fair_turns::count(user& u, bool bulk) {
    ++running_;
    ++u.running;
    if (bulk) ++bulk_running_, ++u.bulk_running;
}

bool fair_turns::begin(party by) {
    auto& u = users_[by.user];
    // Whoever waits has no turn at present, so nobody is overtaken.
    if (!has_turn(u, by.bulk)) return false;
    count(u, by.bulk);
    return true;
}

void fair_turns::wait(party by, work what) {
    auto& u = users_[by.user];
    if (!u.waits()) order_.push_back(by.user);
    (by.bulk ? u.bulk : u.quick).push_back(std::move(what));
}

std::optional<fair_turns::work> fair_turns::next() {
    for (auto at = order_.begin(); at != order_.end(); ++at) {
        auto& u = users_.at(*at);
        bool const bulk = u.quick.empty();
        if (!has_turn(u, bulk)) continue;
        auto& queue = bulk ? u.bulk : u.quick;
        auto found = std::move(queue.front());
        queue.pop_front();
        count(u, bulk);
        if (u.waits())
            order_.splice(order_.end(), order_, at);
        else
            order_.erase(at);
        return found;
    }
    return {};
}

void fair_turns::done(party by) {
    auto const found = users_.find(by.user);
    --running_;
    if (by.bulk) --bulk_running_, --found->second.bulk_running;
    if (--found->second.running == 0 && !found->second.waits()) users_.erase(found);
}

}  // namespace vanna
