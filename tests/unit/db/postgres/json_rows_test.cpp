#include "db/postgres/json_rows.hpp"

#include <boost/json/parse.hpp>
#include <boost/test/unit_test.hpp>
#include <limits>

namespace vanna::postgres {

BOOST_AUTO_TEST_SUITE(json_rows_)

BOOST_AUTO_TEST_CASE(rows_become_one_array_of_objects) {
    json_rows list;
    auto const id = new_id();
    for (int i = 0; i < 2; ++i) {
        list.row();
        list.field("id", id);
        list.field("n", i);
        list.field("none", std::optional<uuid>{});
        list.field("flag", true);
        list.field("real", 0.5);
    }
    BOOST_TEST(list.size() == 2u);
    auto const parsed = boost::json::parse(std::move(list).finish());
    BOOST_REQUIRE(parsed.as_array().size() == 2u);
    auto const& second = parsed.at(1);
    BOOST_TEST(second.at("id").as_string() == to_string(id));
    BOOST_TEST(second.at("n").as_int64() == 1);
    BOOST_TEST(second.at("none").is_null());
    BOOST_TEST(second.at("flag").as_bool());
    BOOST_TEST(second.at("real").as_double() == 0.5);
    BOOST_TEST(json_rows{}.finish() == "[]");
}

BOOST_AUTO_TEST_CASE(any_bytes_become_text_that_postgresql_stores) {
    std::string every;
    for (int byte = 0; byte < 256; ++byte)
        every.push_back(char(byte));
    json_rows list;
    list.row();
    list.field("text", std::string_view(every));
    list.field("value", boost::json::value{{std::string_view("key\0", 4), std::string_view("\0\xff", 2)}});
    auto const text = std::move(list).finish();
    BOOST_TEST(text.find("\\u0000") == std::string::npos);
    auto const parsed = boost::json::parse(text);
    auto const& stored = parsed.at(0).at("text").as_string();
    for (int c = 1; c < 128; ++c)
        BOOST_TEST(stored.find(char(c)) != stored.npos);
}

BOOST_AUTO_TEST_CASE(numbers_and_times_that_json_or_postgresql_cannot_hold_are_bounded) {
    json_rows list;
    list.row();
    list.field("nan", std::numeric_limits<double>::quiet_NaN());
    list.field("deep", boost::json::value{{"inf", std::numeric_limits<double>::infinity()}});
    list.field("early", instant::min());
    list.field("late", instant::max());
    auto const parsed = boost::json::parse(std::move(list).finish());
    BOOST_TEST(parsed.at(0).at("nan").is_null());
    BOOST_TEST(parsed.at(0).at("deep").at("inf").is_null());
    BOOST_TEST(parsed.at(0).at("early").as_string() == "1970-01-01T00:00:00.000000Z");
    BOOST_TEST(parsed.at(0).at("late").as_string() == "9999-12-31T00:00:00.000000Z");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vanna::postgres
