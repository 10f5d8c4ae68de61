#include "server/cli/engine.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>

namespace vanna::cli {

BOOST_AUTO_TEST_SUITE(cli_engine)

// Else init, which hashes passwords, takes minutes on a machine whose other processes keep it busy.
BOOST_AUTO_TEST_CASE(the_pools_of_a_command_have_no_workers_to_stand_back_behind) {
    engine e(config::load({}));
    int niceness = -20;
    e.run([&](engine& on) -> awaitable<int> {
        for (auto* pool : {&on.shared().cpu, &on.shared().sqlite, &on.shared().job}) {
            auto const seen = co_await offload(
                *pool, []() -> result<int> { return ::getpriority(PRIO_PROCESS, id_t(::gettid())); });
            niceness = std::max(niceness, *seen);
        }
        co_return 0;
    });
    BOOST_TEST(niceness == ::getpriority(PRIO_PROCESS, 0));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vanna::cli
