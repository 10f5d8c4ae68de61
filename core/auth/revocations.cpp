#include "core/auth/revocations.hpp"

namespace vanna::auth {

struct revoked_set {
    std::unordered_set<uuid> families;
    std::unordered_map<uuid, std::int64_t> least_epochs;  // by user

    void add(replica::revocation const& row) {
        if (row.family_id) families.insert(*row.family_id);
        if (row.user_id && row.least_epoch > 0) {
            auto& least = least_epochs[*row.user_id];
            least = std::max(least, row.least_epoch);
        }
    }
};

namespace {

// Snapshots are read every 500 ms: one begun before our commit is long replaced by then.
constexpr auto keep_own = std::chrono::seconds(30);

bool same(std::vector<replica::revocation> const& a, std::vector<replica::revocation> const& b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](auto const& x, auto const& y) {
        return x.id == y.id && x.least_epoch == y.least_epoch;
    });
}

}  // namespace

void revocations::update(std::vector<replica::revocation> const& rows) {
    std::lock_guard lock(mutex_);
    bool changed = !fed_ || !same(rows_, rows);
    auto const horizon = std::chrono::steady_clock::now() - keep_own;
    for (; !own_.empty() && own_.front().first < horizon; changed = true)
        own_.pop_front();
    if (!changed) return;
    fed_ = true;
    rows_ = rows;
    publish();
}

void revocations::add(replica::revocation const& row) {
    std::lock_guard lock(mutex_);
    own_.emplace_back(std::chrono::steady_clock::now(), row);
    publish();
}

void revocations::publish() {
    auto next = std::make_shared<revoked_set>();
    for (auto const& row : rows_)
        next->add(row);
    for (auto const& [added, row] : own_)
        next->add(row);
    current_.set(std::shared_ptr<revoked_set const>(std::move(next)));
    // Version 0 says that nothing was read from PostgreSQL yet, whatever this replica itself has added.
    if (fed_) version_.fetch_add(1, std::memory_order_release);
}

std::size_t revocations::size() const {
    std::lock_guard lock(mutex_);
    return rows_.size() + own_.size();
}

bool revocations::view::revoked(principal const& who) {
    if (auto const version = all_.version_.load(std::memory_order_acquire); version != seen_) {
        set_ = all_.current_.get();
        seen_ = version;
    }
    if (!set_) return false;
    if (!set_->families.empty() && set_->families.contains(who.family_id)) return true;
    if (set_->least_epochs.empty()) return false;
    auto const found = set_->least_epochs.find(who.user_id);
    return found != set_->least_epochs.end() && who.epoch < found->second;
}

}  // namespace vanna::auth
