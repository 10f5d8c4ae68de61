#include "core/ask/recent_turns.hpp"

#include <algorithm>

namespace vanna::ask {
namespace {

auto is(uuid conversation, uuid user) {
    return [=](auto const& t) { return t.conversation == conversation && t.user == user; };
}

}  // namespace

void recent_turns::add(uuid conversation, uuid user, past_turn answered) {
    if (answered.question.size() + answered.sql.size() > most_turn_bytes) return;
    std::lock_guard lock(mutex_);
    auto const known = std::ranges::find_if(talks_, is(conversation, user));
    if (known == talks_.end())
        talks_.push_front({conversation, user, {}});
    else
        talks_.splice(talks_.begin(), talks_, known);
    auto& turns = talks_.front().turns;
    turns.push_back(std::move(answered));
    turns = latest_turns(std::move(turns), {});
    if (talks_.size() > most_) talks_.pop_back();
}

std::vector<past_turn> recent_turns::of(uuid conversation, uuid user) const {
    std::lock_guard lock(mutex_);
    auto const known = std::ranges::find_if(talks_, is(conversation, user));
    return known == talks_.end() ? std::vector<past_turn>{} : known->turns;
}

void recent_turns::forget(uuid conversation, uuid user) {
    std::lock_guard lock(mutex_);
    talks_.remove_if(is(conversation, user));
}

}  // namespace vanna::ask
