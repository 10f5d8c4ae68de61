// An immutable value that one place replaces and every worker reads: settings, schema snapshots, terms. A
// mutex, not std::atomic<shared_ptr>: libstdc++ 12's is opaque to ThreadSanitizer, and 20 ns do not show
// here.
#pragma once
#include <memory>
#include <mutex>

namespace vanna {

template <class T>
class shared_value {
  public:
    shared_value() = default;
    explicit shared_value(T first) : value_(std::make_shared<T const>(std::move(first))) {}

    // Null only before the first set(). The value stays alive as long as the caller holds it.
    std::shared_ptr<T const> get() const {
        std::lock_guard lock(mutex_);
        return value_;
    }
    void set(std::shared_ptr<T const> next) {
        std::lock_guard lock(mutex_);
        value_.swap(next);
    }
    void set(T next) { set(std::make_shared<T const>(std::move(next))); }

  private:
    mutable std::mutex mutex_;
    std::shared_ptr<T const> value_;
};

}  // namespace vanna
