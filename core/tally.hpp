// Counts that one thread writes and any reads, without locks: what a worker keeps of its own work for the
// metrics, which add the workers up at each scrape.
#pragma once
#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>

namespace vanna {

class tally {
  public:
    void add(std::uint64_t n = 1) {
        value_.store(value_.load(std::memory_order_relaxed) + n, std::memory_order_relaxed);
    }
    void subtract(std::uint64_t n = 1) { add(-n); }
    std::uint64_t get() const { return value_.load(std::memory_order_relaxed); }

  private:
    std::atomic<std::uint64_t> value_{0};
};

// Durations as a histogram: from a cached answer to a long export.
class timings {
  public:
    static constexpr std::array<double, 14> bounds{0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05,
                                                   0.1,    0.25,  0.5,    1,     2.5,  10,    60};
    using counts = std::array<std::uint64_t, bounds.size() + 1>;  // the last: above all bounds

    void add(std::chrono::nanoseconds took) {
        double const seconds = std::chrono::duration<double>(took).count();
        std::size_t bucket = 0;
        while (bucket < bounds.size() && seconds > bounds[bucket])
            ++bucket;
        buckets_[bucket].add();
        nanoseconds_.add(std::uint64_t(std::max<std::int64_t>(0, took.count())));
    }

    // The sum of several.
    struct total {
        timings::counts buckets{};
        double seconds = 0;

        void add(timings const& of) {
            for (std::size_t i = 0; i < buckets.size(); ++i)
                buckets[i] += of.buckets_[i].get();
            seconds += double(of.nanoseconds_.get()) / 1e9;
        }
        std::uint64_t count() const {
            std::uint64_t all = 0;
            for (auto n : buckets)
                all += n;
            return all;
        }
    };

  private:
    std::array<tally, bounds.size() + 1> buckets_;
    tally nanoseconds_;
};

}  // namespace vanna
