// Identical concurrent queries run once: the first to ask for a key leads, the others wait for its outcome,
// on whichever worker they are. Shared by all workers. An outcome that belongs to the leader alone (its
// client left) is not shared: those who waited run for themselves.
#pragma once
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>

#include "core/async/awaitable.hpp"

namespace vanna::query {

template <class T>
class single_flight {
    struct waiter {
        asio::any_io_executor executor;
        std::shared_ptr<asio::steady_timer> wake;
    };
    struct flight {
        std::mutex mutex;
        bool done = false;
        std::shared_ptr<T const> outcome;  // null after done: the leader gave up
        std::list<waiter> waiters;
    };

  public:
    // Held by the leader. Destroyed without publish(): the waiters are told to try for themselves.
    class leadership {
      public:
        leadership() = default;  // of nobody
        leadership(single_flight& owner, std::string key, std::shared_ptr<flight> f)
            : owner_(&owner), key_(std::move(key)), flight_(std::move(f)) {}
        leadership(leadership&& other) noexcept
            : owner_(std::exchange(other.owner_, nullptr)),
              key_(std::move(other.key_)),
              flight_(std::move(other.flight_)) {}
        leadership& operator=(leadership&&) = delete;
        ~leadership() { publish(nullptr); }
        void publish(std::shared_ptr<T const> outcome) {
            if (auto owner = std::exchange(owner_, nullptr))
                owner->finish(key_, *flight_, std::move(outcome));
        }

      private:
        single_flight* owner_ = nullptr;
        std::string key_;
        std::shared_ptr<flight> flight_;
    };

    // Either the leadership of `key`, or the outcome of whoever leads. Neither: `give_up` (asked every 50 ms)
    // said so or `limit` passed.
    struct seat {
        std::optional<leadership> lead;
        std::shared_ptr<T const> outcome;
    };
    template <class F>
    awaitable<seat> take(std::string key, deadline limit, F give_up) {
        std::shared_ptr<flight> joined;
        {
            std::lock_guard lock(mutex_);
            auto& slot = flights_[key];
            if (!slot) {
                slot = std::make_shared<flight>();
                co_return seat{leadership(*this, key, slot), nullptr};
            }
            joined = slot;
        }
        auto wake = std::make_shared<asio::steady_timer>(co_await asio::this_coro::executor);
        {
            std::lock_guard lock(joined->mutex);
            if (!joined->done) joined->waiters.push_back({wake->get_executor(), wake});
        }
        for (;;) {
            {
                std::lock_guard lock(joined->mutex);
                if (joined->done) break;
            }
            auto const now = std::chrono::steady_clock::now();
            if (give_up() || now >= limit) co_return seat{};
            wake->expires_after(std::chrono::milliseconds(50));
            co_await wake->async_wait(asio::as_tuple(asio::use_awaitable));
        }
        if (joined->outcome) co_return seat{std::nullopt, joined->outcome};
        // Nothing to share after all: everybody who waited runs alone, rather than one after another.
        co_return seat{leadership(), nullptr};
    }

    std::size_t size() const {
        std::lock_guard lock(mutex_);
        return flights_.size();
    }

  private:
    void finish(std::string const& key, flight& f, std::shared_ptr<T const> outcome) {
        {
            std::lock_guard lock(mutex_);
            flights_.erase(key);
        }
        std::lock_guard lock(f.mutex);
        f.done = true;
        f.outcome = std::move(outcome);
        for (auto& w : f.waiters)
            asio::post(w.executor, [wake = w.wake] { wake->cancel(); });
        f.waiters.clear();
    }

    mutable std::mutex mutex_;
    std::unordered_map<std::string, std::shared_ptr<flight>> flights_;
};

}  // namespace vanna::query
