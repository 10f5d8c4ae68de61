#include "server/api/byte_range.hpp"

#include <boost/test/unit_test.hpp>

namespace vanna::api {
namespace {

void check_part(std::string_view header, std::uint64_t first, std::uint64_t length) {
    auto const found = parse_range(header, 100);
    BOOST_TEST_CONTEXT(header) {
        BOOST_TEST(bool(found.kind == range_kind::part));
        BOOST_TEST(found.bytes.first == first);
        BOOST_TEST(found.bytes.length == length);
    }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(byte_ranges)

BOOST_AUTO_TEST_CASE(a_single_range_is_a_part_of_the_file) {
    check_part("bytes=0-0", 0, 1);
    check_part("bytes=10-19", 10, 10);
    check_part("bytes=90-", 90, 10);
    check_part("bytes=90-1000", 90, 10);
    check_part("bytes=-1", 99, 1);
    check_part("bytes=-1000", 0, 100);
    check_part("bytes=99-99", 99, 1);
}

BOOST_AUTO_TEST_CASE(a_range_past_the_end_is_refused) {
    for (auto header : {"bytes=100-", "bytes=100-200", "bytes=-0"})
        BOOST_TEST(bool(parse_range(header, 100).kind == range_kind::unsatisfiable));
    BOOST_TEST(bool(parse_range("bytes=-5", 0).kind == range_kind::unsatisfiable));
}

BOOST_AUTO_TEST_CASE(what_is_no_single_range_of_bytes_means_the_whole) {
    for (auto header : {"", "bytes", "bytes=", "bytes=-", "bytes=a-b", "bytes=5-4", "rows=0-1",
                        "bytes=0-1,3-4", "bytes=0-99999999999999999999999"}) {
        auto const found = parse_range(header, 100);
        BOOST_TEST(bool(found.kind == range_kind::whole));
        BOOST_TEST(found.bytes.length == 100u);
    }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vanna::api
