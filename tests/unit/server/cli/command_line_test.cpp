#include "server/cli/command_line.hpp"

#include <boost/test/unit_test.hpp>

namespace vanna::cli {
namespace {

command_line of(std::vector<char const*> words) {
    words.insert(words.begin(), "vanna-engine");
    return parse(int(words.size()), words.data());
}

}  // namespace

BOOST_AUTO_TEST_SUITE(command_lines)

BOOST_AUTO_TEST_CASE(a_command_takes_its_word_its_flags_and_any_setting) {
    auto const c = of({"query", "select 1", "--json", "--limit", "5", "--query-max-rows", "7"});
    BOOST_TEST(c.problem == "");
    BOOST_TEST(c.command == "query");
    BOOST_REQUIRE(c.words.size() == 1u);
    BOOST_TEST(c.words[0] == "select 1");
    BOOST_TEST(c.has("json"));
    BOOST_TEST(c.get("limit") == "5");
    BOOST_TEST(c.settings.at("QUERY_MAX_ROWS") == "7");
}

BOOST_AUTO_TEST_CASE(two_word_commands_are_one_command) {
    BOOST_TEST(of({"golden-copy", "status"}).command == "golden-copy status");
    BOOST_TEST(of({"config", "show", "--json"}).has("json"));
}

BOOST_AUTO_TEST_CASE(wrong_use_says_what_is_wrong) {
    BOOST_TEST(of({"sevre"}).problem.find("sevre") != std::string::npos);
    BOOST_TEST(of({"golden-copy", "frobnicate"}).problem != "");
    BOOST_TEST(of({"query"}).problem.find("sql") != std::string::npos);
    BOOST_TEST(of({"serve", "now"}).problem != "");
    BOOST_TEST(of({"serve", "--prot", "1"}).problem.find("prot") != std::string::npos);
    BOOST_TEST(of({"serve", "--json"}).problem != "", "a flag of another command");
}

BOOST_AUTO_TEST_CASE(a_question_that_looks_like_an_option_can_follow_two_dashes) {
    auto const c = of({"ask", "--", "--how many?"});
    BOOST_TEST(c.problem == "");
    BOOST_TEST(c.words.at(0) == "--how many?");
}

BOOST_AUTO_TEST_CASE(help_of_every_command_has_its_example) {
    for (auto const& c : commands())
        BOOST_TEST(help_text(c.name).find(c.example) != std::string::npos, c.name);
    for (auto const& d : config::definitions())
        BOOST_TEST(help_text("").size() > d.name.size());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vanna::cli
