// The process's metrics: one registry, filled at each scrape by sources that read counters kept elsewhere
// (per worker, without locks), and by counters of its own for what happens rarely. Families are declared in
// metrics_families.hpp, nowhere else. No label is made of user input.
#pragma once
#include <atomic>
#include <functional>
#include <map>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace prometheus {
struct MetricFamily;
struct ClientMetric;
}  // namespace prometheus

namespace vanna::metrics {

enum class kind { counter, gauge, histogram };

struct family {
    std::string_view name, help;
    metrics::kind kind;
};

using labels = std::vector<std::pair<std::string_view, std::string>>;

// The samples of one scrape.
class page {
  public:
    page();
    ~page();
    void add(family const& of, double value, labels with = {});
    // `counts`: one for each of `bounds` (upper ends, rising) and one for all above; not cumulative.
    void add(family const& of, std::span<double const> bounds, std::span<std::uint64_t const> counts,
             double sum, labels with = {});
    std::string text() const;

  private:
    prometheus::ClientMetric& sample(family const& of, labels with);
    std::map<std::string_view, prometheus::MetricFamily> families_;
};

// A count of rare events; any thread.
class counter {
  public:
    void add(double n = 1) { value_.fetch_add(n, std::memory_order_relaxed); }
    double get() const { return value_.load(std::memory_order_relaxed); }

  private:
    std::atomic<double> value_{0};
};

// Durations of rare events, in seconds; any thread.
class histogram {
  public:
    void observe(double seconds);
    void write(page& to, family const& of, labels const& with) const;

  private:
    mutable std::mutex mutex_;
    std::vector<std::uint64_t> counts_;
    double sum_ = 0;
};

class registry {
  public:
    registry() = default;
    registry(registry const&) = delete;

    // `read` is called at each scrape, on the thread that asks; before the first scrape. What it reads must
    // live as long as the registry.
    void source(std::function<void(page&)> read);
    // The one counter or histogram of a family and labels; look it up once and keep the reference.
    metrics::counter& counter(family const& of, labels with = {});
    metrics::histogram& histogram(family const& of, labels with = {});
    // Prometheus text format, content_type below.
    std::string text() const;

  private:
    using key = std::pair<family const*, labels>;
    mutable std::mutex mutex_;
    std::vector<std::function<void(page&)>> sources_;
    std::map<key, metrics::counter> counters_;
    std::map<key, metrics::histogram> histograms_;
};

inline constexpr std::string_view content_type = "text/plain; version=0.0.4; charset=utf-8";

// CPU, memory, descriptors, threads and start time, as Prometheus's own client libraries name them; and
// build_info.
void process_metrics(page& to);

}  // namespace vanna::metrics
