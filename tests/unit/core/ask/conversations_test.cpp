#include "core/ask/conversations.hpp"

#include <boost/test/unit_test.hpp>

#include "core/ask/recent_turns.hpp"

namespace vanna {
namespace {

std::vector<ask::past_turn> turns(std::size_t n, std::size_t bytes = 1) {
    std::vector<ask::past_turn> out;
    for (std::size_t i = 0; i < n; ++i)
        out.push_back({new_id(), "q" + std::to_string(i), std::string(bytes, 's')});
    return out;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(conversations)

BOOST_AUTO_TEST_CASE(a_title_is_the_question_in_one_short_line) {
    BOOST_TEST(ask::title_of("  How many\n\tcustomers? ") == "How many customers?");
    BOOST_TEST(ask::title_of("") == "");
    BOOST_TEST(ask::title_of(" \n ") == "");
    std::string const longest(120, 'x');
    BOOST_TEST(ask::title_of(longest) == longest);
    BOOST_TEST(ask::title_of(longest + "y") == longest + "…");
    std::string umlauts;
    for (int i = 0; i < 121; ++i)
        umlauts += "ü";
    BOOST_TEST(ask::title_of(umlauts) == umlauts.substr(0, 240) + "…");
}

BOOST_AUTO_TEST_CASE(a_conversation_begins_with_an_id_made_just_now) {
    auto const id = new_id();
    BOOST_TEST(ask::may_begin(id, now()));
    BOOST_TEST(ask::may_begin(id, now() + std::chrono::minutes(4)));
    BOOST_TEST(!ask::may_begin(id, now() + std::chrono::minutes(6)));
    BOOST_TEST(!ask::may_begin(id, now() - std::chrono::minutes(6)));
    BOOST_TEST(!ask::may_begin(*parse_uuid("0190a0b0-c0d0-4ef0-8123-456789abcdef"), now()));
}

BOOST_AUTO_TEST_CASE(the_last_six_turns_within_bounds_go_with_a_question_oldest_first) {
    auto const all = turns(8);
    auto const newest_first = std::vector(all.rbegin(), all.rend());
    auto const six = ask::latest_turns(newest_first, {});
    BOOST_REQUIRE(six.size() == 6u);
    BOOST_TEST(six.front().question == "q2");
    BOOST_TEST(six.back().question == "q7");
    auto const both = ask::latest_turns({all[1], all[0]}, {all[1], all[2]});
    BOOST_REQUIRE(both.size() == 3u);
    BOOST_TEST(both.back().question == "q2");
    auto const heavy = turns(4, 15'000);
    auto const two = ask::latest_turns({heavy[3], heavy[2], heavy[1], heavy[0]}, {});
    BOOST_REQUIRE(two.size() == 2u);
    BOOST_TEST(two.front().question == "q2");
    BOOST_TEST(ask::latest_turns({}, {}).empty());
}

BOOST_AUTO_TEST_CASE(what_was_answered_a_moment_ago_is_remembered_for_its_user_alone) {
    ask::recent_turns memory(2);
    auto const talk = new_id(), ann = new_id(), bob = new_id();
    auto const all = turns(8);
    for (auto const& t : all)
        memory.add(talk, ann, t);
    BOOST_TEST(memory.of(talk, ann).size() == 6u);
    BOOST_TEST(memory.of(talk, ann).back().question == "q7");
    BOOST_TEST(memory.of(talk, bob).empty());
    memory.add(talk, bob, all[0]);
    BOOST_TEST(memory.of(talk, ann).size() == 6u, "the same id, another user's");
    memory.add(new_id(), bob, all[1]);
    BOOST_TEST(memory.of(talk, ann).empty(), "the longest silent one made room");
    memory.forget(talk, bob);
    BOOST_TEST(memory.of(talk, bob).empty());
    memory.add(talk, bob, turns(1, 40'000).front());
    BOOST_TEST(memory.of(talk, bob).empty(), "too long to go with a question");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vanna
