// Revocations and the rate counters are fed by one thread and asked by all workers.
#include "core/auth/revocations.hpp"

#include <boost/test/unit_test.hpp>

#include "core/auth/rate_limit.hpp"

namespace vanna::auth {

BOOST_AUTO_TEST_SUITE(auth_sharing)

BOOST_AUTO_TEST_CASE(every_worker_sees_revocations_while_they_are_replaced) {
    revocations all;
    principal const gone{.user_id = new_id(), .family_id = new_id()};
    std::atomic<bool> done{false};
    std::atomic<int> saw_it{0};  // Boost.Test's macros are not for several threads
    std::vector<std::thread> workers;
    for (int t = 0; t < 3; ++t)
        workers.emplace_back([&] {
            revocations::view view(all);
            while (!done.load(std::memory_order_relaxed))
                (void)view.revoked(gone);
            saw_it += view.revoked(gone);
        });
    for (int i = 0; i < 500; ++i) {
        all.update(
            std::vector<replica::revocation>(std::size_t(i % 7), {.id = new_id(), .family_id = new_id()}));
        if (i % 50 == 0) all.add({.id = new_id(), .user_id = new_id(), .least_epoch = 2});
    }
    all.update({{.id = new_id(), .family_id = gone.family_id}});
    done = true;
    for (auto& t : workers)
        t.join();
    BOOST_TEST(saw_it == 3);
}

BOOST_AUTO_TEST_CASE(counters_shared_by_workers_never_give_more_than_the_limit) {
    local_rate_counters counters;
    std::atomic<int> taken{0};
    std::vector<std::thread> workers;
    for (int t = 0; t < 4; ++t)
        workers.emplace_back([&] {
            for (int i = 0; i < 500; ++i) {
                if (counters.take({{"shared", 100}}, std::chrono::seconds(600)).allowed) ++taken;
                counters.take({{"other", 5}}, std::chrono::seconds(600));
                counters.give_back({"other"});
            }
        });
    for (auto& t : workers)
        t.join();
    BOOST_TEST(taken == 100);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vanna::auth
