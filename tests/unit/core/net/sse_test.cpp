#include "core/net/sse.hpp"

#include <boost/test/unit_test.hpp>
#include <vector>

namespace vanna::net {
namespace {

std::vector<sse_event> parse(std::string_view wire, std::size_t step) {
    sse_parser parser;
    std::vector<sse_event> out;
    for (std::size_t i = 0; i < wire.size(); i += step) {
        parser.feed(wire.substr(i, step));
        while (auto event = parser.next())
            out.push_back(*event);
    }
    return out;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(server_sent_events)

BOOST_AUTO_TEST_CASE(what_is_written_is_what_is_read_in_pieces_of_any_size) {
    auto const wire = to_wire({"stage", "one\ntwo", "7"}) + std::string(sse_heartbeat) +
                      to_wire({"", "", ""}) + to_wire({"end", "{}", ""});
    for (std::size_t step : {std::size_t(1), std::size_t(3), wire.size()}) {
        auto const events = parse(wire, step);
        BOOST_REQUIRE(events.size() == 3u);
        BOOST_TEST(events[0].name == "stage");
        BOOST_TEST(events[0].data == "one\ntwo");
        BOOST_TEST(events[0].id == "7");
        BOOST_TEST(events[1].data == "");
        BOOST_TEST(events[2].data == "{}");
    }
}

BOOST_AUTO_TEST_CASE(all_three_line_ends_and_fields_without_a_space_are_taken) {
    for (std::size_t step : {1, 2, 100}) {
        auto const events = parse("data:a\r\ndata: b\r\rdata\n\ndata:c\r\n\r\n:", step);
        BOOST_REQUIRE(events.size() == 3u);
        BOOST_TEST(events[0].data == "a\nb");
        BOOST_TEST(events[1].data == "");
        BOOST_TEST(events[2].data == "c");
    }
}

BOOST_AUTO_TEST_CASE(a_line_break_in_a_name_cannot_make_a_field) {
    BOOST_TEST(to_wire({"a\ndata: x", "y", ""}) == "event: adata: x\ndata: y\n\n");
}

BOOST_AUTO_TEST_CASE(an_endless_line_is_dropped_and_said) {
    sse_parser parser(100);
    for (int i = 0; i < 200; ++i) {
        parser.feed("x");
        BOOST_TEST(!parser.next());
    }
    BOOST_TEST(parser.overflowed());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vanna::net
