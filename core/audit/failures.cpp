#include "core/audit/failures.hpp"

#include <algorithm>

namespace vanna::audit {
namespace {

constexpr std::size_t most_emails = 8;

std::int64_t minute_of(instant t) {
    return std::chrono::floor<std::chrono::minutes>(t).time_since_epoch().count();
}

}  // namespace

std::optional<entry> failures::note(entry refused) {
    auto key = std::pair(refused.action, refused.ip);
    if (counts_.size() >= most_addresses_ && !counts_.contains(key)) key.second = refused.ip = "";
    auto const [at, fresh] = counts_.try_emplace(std::move(key));
    auto& c = at->second;
    // A minute that nobody has collected yet goes on: its count is never lost.
    if (fresh) {
        c.minute = minute_of(refused.timestamp);
        return refused;
    }
    ++c.more;
    c.last = refused.timestamp;
    c.request_id = std::move(refused.request_id);
    if (!refused.email.empty() && c.emails.size() < most_emails &&
        std::find(c.emails.begin(), c.emails.end(), refused.email) == c.emails.end())
        c.emails.push_back(std::move(refused.email));
    return {};
}

std::vector<entry> failures::collect(instant at) {
    std::vector<entry> out;
    auto const minute = at == instant::max() ? INT64_MAX : minute_of(at);
    std::erase_if(counts_, [&](auto& item) {
        auto& [key, c] = item;
        if (c.minute >= minute) return false;
        if (c.more == 0) return true;
        entry e{.action = key.first, .ip = key.second, .status = "failure", .timestamp = c.last};
        e.request_id = std::move(c.request_id);
        if (c.emails.size() == 1) e.email = c.emails.front();
        boost::json::array tried(c.emails.begin(), c.emails.end());
        e.changes = boost::json::object{{"more", c.more}, {"emails", std::move(tried)}};
        out.push_back(std::move(e));
        return true;
    });
    return out;
}

}  // namespace vanna::audit
