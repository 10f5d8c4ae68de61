#include "core/metrics.hpp"

#include <boost/test/unit_test.hpp>

#include "core/metrics_families.hpp"

namespace vanna::metrics {
namespace {

bool holds(std::string const& text, std::string const& part) {
    return text.find(part) != text.npos;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(metric_pages)

BOOST_AUTO_TEST_CASE(a_counter_keeps_one_value_for_each_set_of_labels) {
    registry all;
    auto& first = all.counter(jobs, {{"type", "backup"}, {"state", "failed"}});
    all.counter(jobs, {{"type", "backup"}, {"state", "failed"}}).add(2);
    all.counter(jobs, {{"type", "train"}, {"state", "failed"}}).add();
    BOOST_TEST(first.get() == 2);
    auto const text = all.text();
    BOOST_TEST(holds(text, "# TYPE vanna_jobs_total counter\n"));
    BOOST_TEST(holds(text, "vanna_jobs_total{type=\"backup\",state=\"failed\"} 2"));
    BOOST_TEST(holds(text, "vanna_jobs_total{type=\"train\",state=\"failed\"} 1"));
}

BOOST_AUTO_TEST_CASE(a_histogram_is_cumulative_and_counts_a_value_on_a_bound_below_it) {
    registry all;
    auto& times = all.histogram(job_duration, {{"type", "backup"}});
    times.observe(0.01);
    times.observe(0.02);
    times.observe(1e6);
    auto const text = all.text();
    BOOST_TEST(holds(text, "vanna_job_duration_seconds_bucket{type=\"backup\",le=\"0.01\"} 1"));
    BOOST_TEST(holds(text, "vanna_job_duration_seconds_bucket{type=\"backup\",le=\"0.05\"} 2"));
    BOOST_TEST(holds(text, "vanna_job_duration_seconds_bucket{type=\"backup\",le=\"+Inf\"} 3"));
    BOOST_TEST(holds(text, "vanna_job_duration_seconds_count{type=\"backup\"} 3"));
}

BOOST_AUTO_TEST_CASE(sources_are_read_at_each_scrape_and_labels_are_escaped) {
    registry all;
    double depth = 1;
    all.source([&](page& to) { to.add(spool_depth, depth, {{"odd", "a\"b\nc"}}); });
    BOOST_TEST(holds(all.text(), "vanna_spool_records{odd=\"a\\\"b\\nc\"} 1"));
    depth = 7;
    BOOST_TEST(holds(all.text(), "} 7"));
}

BOOST_AUTO_TEST_CASE(the_process_says_what_it_uses) {
    registry all;
    all.source(process_metrics);
    auto const text = all.text();
    for (auto const* name : {"process_cpu_seconds_total", "process_resident_memory_bytes", "process_open_fds",
                             "process_start_time_seconds", "vanna_build_info{version="})
        BOOST_TEST(holds(text, name));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vanna::metrics
