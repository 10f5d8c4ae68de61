#include <boost/test/unit_test.hpp>
#include <thread>

#include "db/postgres/stats.hpp"

namespace vanna::postgres {

BOOST_AUTO_TEST_SUITE(pool_stats_)

BOOST_AUTO_TEST_CASE(a_workers_counters_can_be_read_while_it_counts) {
    pool_stats stats;
    constexpr std::uint64_t total = 100'000;
    std::thread worker([&] {
        for (std::uint64_t i = 0; i < total; ++i) {
            pool_stats::add(stats.requests);
            pool_stats::set(stats.requests_in_flight, i % 7);
        }
    });
    std::uint64_t last = 0;
    bool rising = true;
    while (last < total) {
        auto const seen = stats.requests.load();
        rising = rising && seen >= last && stats.requests_in_flight < 7;
        last = seen;
    }
    worker.join();
    BOOST_TEST(rising);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vanna::postgres
