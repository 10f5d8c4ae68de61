#include "core/metrics.hpp"

#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

#include <algorithm>
#include <sstream>

namespace vanna::metrics {
namespace {

// From a quick query to a long backup.
constexpr double event_bounds[] = {0.01, 0.05, 0.1, 0.5, 1, 5, 15, 60, 300, 1800};

prometheus::MetricType type_of(kind k) {
    return k == kind::counter ? prometheus::MetricType::Counter
           : k == kind::gauge ? prometheus::MetricType::Gauge
                              : prometheus::MetricType::Histogram;
}

}  // namespace

page::page() = default;
page::~page() = default;

prometheus::ClientMetric& page::sample(family const& of, labels with) {
    auto& family = families_[of.name];
    if (family.name.empty()) {
        family.name = of.name;
        family.help = of.help;
        family.type = type_of(of.kind);
    }
    auto& made = family.metric.emplace_back();
    for (auto& [name, value] : with)
        made.label.push_back({std::string(name), std::move(value)});
    return made;
}

void page::add(family const& of, double value, labels with) {
    auto& made = sample(of, std::move(with));
    (of.kind == kind::counter ? made.counter.value : made.gauge.value) = value;
}

void page::add(family const& of, std::span<double const> bounds, std::span<std::uint64_t const> counts,
               double sum, labels with) {
    auto& made = sample(of, std::move(with)).histogram;
    for (std::size_t i = 0; i < counts.size(); ++i) {
        made.sample_count += counts[i];
        made.bucket.push_back(
            {made.sample_count, i < bounds.size() ? bounds[i] : std::numeric_limits<double>::infinity()});
    }
    made.sample_sum = sum;
}

std::string page::text() const {
    std::vector<prometheus::MetricFamily> all;
    all.reserve(families_.size());
    for (auto const& [name, family] : families_)
        all.push_back(family);
    std::ostringstream out;
    prometheus::TextSerializer().Serialize(out, all);
    return std::move(out).str();
}

void histogram::observe(double seconds) {
    auto const* at = std::lower_bound(std::begin(event_bounds), std::end(event_bounds), seconds);
    std::lock_guard lock(mutex_);
    counts_.resize(std::size(event_bounds) + 1);
    ++counts_[std::size_t(at - event_bounds)];
    sum_ += seconds;
}

void histogram::write(page& to, family const& of, labels const& with) const {
    std::lock_guard lock(mutex_);
    auto counts = counts_;
    counts.resize(std::size(event_bounds) + 1);
    to.add(of, event_bounds, counts, sum_, with);
}

void registry::source(std::function<void(page&)> read) {
    std::lock_guard lock(mutex_);
    sources_.push_back(std::move(read));
}

counter& registry::counter(family const& of, labels with) {
    std::lock_guard lock(mutex_);
    return counters_[{&of, std::move(with)}];
}

histogram& registry::histogram(family const& of, labels with) {
    std::lock_guard lock(mutex_);
    return histograms_[{&of, std::move(with)}];
}

std::string registry::text() const {
    std::lock_guard lock(mutex_);
    page out;
    for (auto const& read : sources_)
        read(out);
    for (auto const& [which, count] : counters_)
        out.add(*which.first, count.get(), which.second);
    for (auto const& [which, times] : histograms_)
        times.write(out, *which.first, which.second);
    return out.text();
}

}  // namespace vanna::metrics
