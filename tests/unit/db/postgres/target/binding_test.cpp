#include "db/postgres/target/binding.hpp"

#include <boost/test/unit_test.hpp>

namespace vanna::pg_target {
namespace {

std::string bound(std::string text, std::vector<std::string> names) {
    sql::statement what{.text = std::move(text)};
    std::int64_t value = 0;
    for (auto& name : names)
        what.named.emplace_back(std::move(name), sql::value(++value));
    auto const got = bind(what);
    return got ? got->text : got.error().message;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(pg_binding)

BOOST_AUTO_TEST_CASE(names_become_numbers_in_their_places) {
    BOOST_TEST(bound("SELECT :first, :b + :first", {"first", "b"}) == "SELECT $1    , $2 + $1    ");
    BOOST_TEST(bound("SELECT a::text, ':x', \":x\", $$:x$$, /* :x */ :x -- :x", {"x"}) ==
               "SELECT a::text, ':x', \":x\", $$:x$$, /* :x */ $1 -- :x");
    BOOST_TEST(bound("SELECT :x", {}) == "SELECT :x");
    BOOST_TEST(bound("SELECT :x", {"y"}) == "parameter \"x\" has no value");
    BOOST_TEST(bound("SELECT :x", {"x", "y"}) == "the statement has no parameter \"y\"");
}

BOOST_AUTO_TEST_CASE(the_tenth_name_of_one_letter_moves_the_rest) {
    std::string text = "SELECT ";
    std::vector<std::string> names;
    for (char c = 'a'; c <= 'k'; ++c) {
        text += std::string(":") + c + ",";
        names.push_back(std::string(1, c));
    }
    BOOST_TEST(bound(text + " :a, 'end'", names) == "SELECT $1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11, $1, 'end'");
}

BOOST_AUTO_TEST_CASE(their_number_is_bounded) {
    sql::statement many{.text = "SELECT 1"};
    many.positional.assign(1000, sql::value(std::int64_t(1)));
    BOOST_TEST(bool(bind(many)));
    many.positional.emplace_back(std::int64_t(1));
    auto const refused = bind(many);
    BOOST_REQUIRE(!refused);
    BOOST_TEST((refused.error().code == errc::query_invalid));
    BOOST_TEST(refused.error().message == "the statement has 1001 parameters; at most 1000 are allowed");

    std::vector<std::string> names;
    std::string text = "SELECT 1";
    for (int i = 0; i < 1000; ++i) {
        names.push_back("n" + std::to_string(i));
        text += ", :" + names.back();
    }
    BOOST_TEST(bound(text, names).ends_with(", $999 , $1000"));
    names.push_back("one_more");
    BOOST_TEST(bound(text + ", :one_more", names) ==
               "the statement has 1001 parameters; at most 1000 are allowed");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vanna::pg_target
