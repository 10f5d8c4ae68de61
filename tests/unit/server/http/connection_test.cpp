#include "server/http/connection.hpp"

#include <boost/test/unit_test.hpp>

namespace vanna::http {
namespace {

using namespace std::chrono_literals;
using verdict = connection::verdict;

constexpr std::size_t rate = 1000;  // bytes a second
constexpr auto window = 10s;

struct fake final : connection {
    std::size_t in_kernel = 0;
    void wake() override {}
    void cut() override {}
    std::size_t untaken() override { return in_kernel; }
};

std::chrono::steady_clock::time_point at(std::chrono::milliseconds t) {
    return std::chrono::steady_clock::time_point(1h) + t;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(connections)

BOOST_AUTO_TEST_CASE(past_its_time_a_connection_is_judged_whatever_it_does) {
    fake c;
    c.enter(phase::header, at(5s));
    BOOST_TEST(int(c.judge(at(4999ms), rate, window)) == int(verdict::fine));
    BOOST_TEST(int(c.judge(at(5s), rate, window)) == int(verdict::timed_out));
}

BOOST_AUTO_TEST_CASE(a_reader_at_the_least_rate_is_fine_and_one_byte_slower_is_not) {
    for (std::size_t taken : {10'000u, 9'999u}) {
        fake c;
        c.enter(phase::writing, deadline::max());
        c.wrote(50'000);
        c.in_kernel = 50'000;
        c.begin_waiting_for_reader(at(0s));
        c.in_kernel = 50'000 - taken;
        BOOST_TEST(int(c.judge(at(9s), rate, window)) == int(verdict::fine));
        BOOST_TEST(int(c.judge(at(10s), rate, window)) ==
                   int(taken == 10'000 ? verdict::fine : verdict::slow_reader));
    }
}

BOOST_AUTO_TEST_CASE(only_waiting_for_the_reader_counts_against_it) {
    fake c;
    c.enter(phase::writing, deadline::max());
    for (int i = 0; i < 9; ++i) {  // a second of waiting in each minute: the producer is the slow one
        c.begin_waiting_for_reader(at(i * 60s));
        BOOST_TEST(int(c.judge(at(i * 60s + 500ms), rate, window)) == int(verdict::fine));
        c.end_waiting_for_reader(at(i * 60s + 1s));
        BOOST_TEST(int(c.judge(at(i * 60s + 59s), rate, window)) == int(verdict::fine));
    }
    c.begin_waiting_for_reader(at(600s));
    BOOST_TEST(int(c.judge(at(601s), rate, window)) == int(verdict::slow_reader));
}

BOOST_AUTO_TEST_CASE(each_window_is_judged_by_itself) {
    fake c;
    c.enter(phase::writing, deadline::max());
    c.wrote(1'000'000);
    c.begin_waiting_for_reader(at(0s));  // nothing is left in the kernel: a fast start
    c.wrote(1'000'000);
    BOOST_TEST(int(c.judge(at(10s), rate, window)) == int(verdict::fine));
    c.wrote(100'000);
    c.in_kernel = 100'000;
    BOOST_TEST(int(c.judge(at(20s), rate, window)) == int(verdict::slow_reader));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vanna::http
