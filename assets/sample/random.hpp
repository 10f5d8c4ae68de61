// A stream of pseudo-random numbers in integer arithmetic alone (SplitMix64), so that the sample database is
// the same on every machine: the distributions of <random> differ between standard libraries. Each area of
// the sample company draws from a stream of its own, so a change in one leaves the others as they were.
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace vanna::sample {

class random_stream {
  public:
    explicit random_stream(std::string_view name) {
        for (char const c : name)
            state_ = (state_ ^ static_cast<unsigned char>(c)) * 0x100000001b3u;
    }

    std::uint64_t next() {
        std::uint64_t z = state_ += 0x9e3779b97f4a7c15u;
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
        z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
        return z ^ (z >> 31);
    }

    // Evenly from 0 to n - 1; n is at most 2^32.
    std::int64_t below(std::int64_t n) {
        return static_cast<std::int64_t>(((next() >> 32) * static_cast<std::uint64_t>(n)) >> 32);
    }
    std::int64_t between(std::int64_t low, std::int64_t high) { return low + below(high - low + 1); }
    int small(int low, int high) { return static_cast<int>(between(low, high)); }

    // Mostly near the middle of the range: the mean of two even draws.
    std::int64_t around(std::int64_t low, std::int64_t high) {
        auto const first = between(low, high);
        return (first + between(low, high)) / 2;
    }
    bool chance(int per_thousand) { return below(1000) < per_thousand; }

    template <class Sequence>
    auto const& pick(Sequence const& from) {
        return from[static_cast<std::size_t>(below(static_cast<std::int64_t>(from.size())))];
    }

    // The index of one weight, as often as its share of their sum.
    template <std::size_t N>
    std::size_t weighted(std::array<int, N> const& weights) {
        std::int64_t sum = 0;
        for (int const w : weights)
            sum += w;
        auto left = below(sum);
        std::size_t i = 0;
        while (left >= weights[i])
            left -= weights[i++];
        return i;
    }

  private:
    std::uint64_t state_ = 0xcbf29ce484222325u;
};

// Draws an index by weight from many, in logarithmic time.
class weighted_index {
  public:
    void add(std::int64_t weight) { sums_.push_back((sums_.empty() ? 0 : sums_.back()) + weight); }
    std::size_t draw(random_stream& random) const;

  private:
    std::vector<std::int64_t> sums_;
};

}  // namespace vanna::sample
