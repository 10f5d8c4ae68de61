// What workers share around queries, hammered from several threads; meaningful under ThreadSanitizer.
#include <boost/test/unit_test.hpp>

#include "core/query/running.hpp"
#include "core/query/single_flight.hpp"
#include "core/shared_value.hpp"

namespace vanna::query {
namespace {

constexpr int threads = 4, rounds = 2000;

template <class F>
void on_threads(F body) {
    std::vector<std::thread> all;
    for (int t = 0; t < threads; ++t)
        all.emplace_back(body, t);
    for (auto& t : all)
        t.join();
}

}  // namespace

BOOST_AUTO_TEST_SUITE(query_sharing)

BOOST_AUTO_TEST_CASE(queries_are_added_cancelled_and_removed_from_every_worker) {
    running all;
    auto const user = new_id();
    std::atomic<int> refused{0};
    on_threads([&](int) {
        for (int i = 0; i < rounds; ++i) {
            auto stop = std::make_shared<sql::stop_flag>();
            auto const id = new_id();
            auto entry = all.add(id, user, stop, 3);
            if (entry && i % 10 == 0) entry->remember();
            if (!entry)
                ++refused;
            else if (i % 3 == 0)
                (void)all.cancel(id, user, false);
        }
        all.stop_all(sql::stop_reason::shutdown);
    });
    BOOST_TEST(all.size() == 0u);
}

BOOST_AUTO_TEST_CASE(one_of_many_workers_leads_and_all_see_its_outcome) {
    single_flight<int> flights;
    std::atomic<int> led{0}, followed{0};
    on_threads([&](int) {
        asio::io_context context(1);
        for (int i = 0; i < 200; ++i)
            asio::co_spawn(
                context,
                [&]() -> awaitable<void> {
                    auto seat =
                        co_await flights.take("key", after(std::chrono::seconds(20)), [] { return false; });
                    if (seat.outcome) {
                        followed += *seat.outcome;
                    } else if (seat.lead) {
                        ++led;
                        seat.lead->publish(std::make_shared<int const>(1));
                    }
                },
                [](std::exception_ptr e) {
                    if (e) std::rethrow_exception(e);
                });
        context.run();
    });
    BOOST_TEST(led + followed == threads * 200);
    BOOST_TEST(flights.size() == 0u);
}

BOOST_AUTO_TEST_CASE(a_shared_value_is_replaced_while_others_read_it) {
    shared_value<std::string> text(std::string("first"));
    std::atomic<int> empty{0};  // Boost.Test's macros belong to one thread
    on_threads([&](int t) {
        for (int i = 0; i < rounds; ++i) {
            if (t == 0)
                text.set(std::string(std::size_t(i % 50), 'x'));
            else if (!text.get())
                ++empty;
        }
    });
    BOOST_TEST(empty == 0);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vanna::query
