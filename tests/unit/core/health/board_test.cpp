#include "core/health/board.hpp"

#include <boost/test/unit_test.hpp>

namespace vanna::health {

BOOST_AUTO_TEST_SUITE(health_board)

BOOST_AUTO_TEST_CASE(a_process_is_ready_once_it_was_and_stays_so_while_a_store_is_down) {
    board b;
    BOOST_TEST(!b.not_ready_because().empty());
    b.became_ready();
    b.set("database", {.state = state::down, .detail = "refused"});
    BOOST_TEST(b.not_ready_because() == "");
}

BOOST_AUTO_TEST_CASE(its_own_target_file_and_draining_take_readiness_back) {
    board b;
    b.became_ready();
    b.set_own_problem("the copy is damaged");
    BOOST_TEST(b.not_ready_because() == "the copy is damaged");
    b.set_own_problem("");
    BOOST_TEST(b.not_ready_because() == "");
    b.drain();
    BOOST_TEST(b.not_ready_because() == "the server is stopping");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vanna::health
