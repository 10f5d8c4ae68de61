#include "db/postgres/session.hpp"
#include "db/postgres/sqlstate.hpp"

namespace vanna::postgres {
namespace {
constexpr std::size_t most_waiters = 256;
constexpr auto longest_idle = std::chrono::seconds(30);
}  // namespace

session_pool::session_pool(asio::any_io_executor executor, address to, unsigned most, pool_stats& stats)
    : executor_(std::move(executor)), address_(std::move(to)), most_(std::max(1u, most)), stats_(stats) {}

awaitable<result<session_lease>> session_pool::borrow(deadline limit) {
    while (!is_closed_ && busy_ >= most_) {
        if (waiters_.size() >= most_waiters)
            co_return error{
                errc::overloaded,
                public_text{"the server is busy: too many changes are waiting; try again shortly"},
                internal_text{"the queue for PostgreSQL sessions is full"}}
                .with_retry(std::chrono::seconds(1));
        pool_stats::add(stats_.waits);
        asio::steady_timer turn(executor_, limit);
        auto const place = waiters_.insert(waiters_.end(), &turn);
        struct leave {
            std::list<asio::steady_timer*>& list;
            std::list<asio::steady_timer*>::iterator place;
            ~leave() { list.erase(place); }
        } const leaving{waiters_, place};
        co_await turn.async_wait(asio::as_tuple(asio::use_awaitable));
        if (std::chrono::steady_clock::now() >= limit) co_return timed_out("waiting for a session");
    }
    if (is_closed_) co_return unavailable("the pool is closed");
    ++busy_;
    count();
    struct place_guard {
        session_pool* pool;
        ~place_guard() {
            if (pool) pool->release_place();
        }
    } guard{this};
    auto taken = take_idle();
    if (!taken) {
        auto opened = co_await session::open(address_, limit);
        if (!opened) co_return opened.error();
        taken = std::move(*opened);
    }
    guard.pool = nullptr;
    co_return session_lease(*this, std::move(taken));
}

std::unique_ptr<session> session_pool::take_idle() {
    while (!idle_.empty()) {
        auto last = std::move(idle_.back().one);
        idle_.pop_back();
        if (last->is_alive()) return last;
    }
    return {};
}

void session_pool::give_back(std::unique_ptr<session> lent) {
    if (lent->is_reusable() && !is_closed_)
        idle_.push_back({std::move(lent), std::chrono::steady_clock::now()});
    release_place();
}

void session_pool::release_place() {
    --busy_;
    count();
    // One turn a place: wake the first that has not been woken.
    for (auto* waiter : waiters_)
        if (waiter->cancel() > 0) break;
}

void session_pool::close() {
    is_closed_ = true;
    idle_.clear();
    for (auto* waiter : waiters_)
        waiter->cancel();
    count();
}

void session_pool::sweep() {
    auto const before = std::chrono::steady_clock::now() - longest_idle;
    if (std::erase_if(idle_, [&](resting const& r) { return r.since < before; }) > 0) count();
}

void session_pool::count() {
    pool_stats::set(stats_.sessions_busy, busy_);
    pool_stats::set(stats_.sessions_open, busy_ + idle_.size());
}

session_lease::~session_lease() {
    if (lent_) from_->give_back(std::move(lent_));
}

}  // namespace vanna::postgres
