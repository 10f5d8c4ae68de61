#include "core/ask/nearest_pairs.hpp"

#include <boost/test/unit_test.hpp>

namespace vanna {

BOOST_AUTO_TEST_SUITE(nearest_pairs)

BOOST_AUTO_TEST_CASE(the_nearest_questions_come_first_and_the_pair_itself_not_at_all) {
    std::vector<ask::example> all;
    for (auto const* question : {"How many customers are there?", "How many customers are in Berlin?",
                                 "What was the turnover of last year?", "zzz"})
        all.push_back({.id = new_id(), .question = question, .sql = "select 1", .state = "approved"});
    auto const among = std::make_shared<std::vector<ask::example> const>(all);
    ask::pair_neighbours const near;
    auto const found = near.of("How many customers are in Berlin", all[1].id, among, 2);
    BOOST_REQUIRE(!found.empty());
    BOOST_TEST(found[0].pair.question == "How many customers are there?");
    BOOST_TEST((found[0].similarity > 0.5 && found[0].similarity <= 1.000001));
    auto const same = near.of("how many CUSTOMERS are in berlin?", new_id(), among, 5);
    BOOST_TEST(same.front().similarity > 0.99);
    BOOST_TEST(std::ranges::is_sorted(same, std::greater{}, &ask::near_pair::similarity));
    BOOST_TEST(near.of("", new_id(), among, 5).empty());
    BOOST_TEST(near.of("x", new_id(), std::make_shared<std::vector<ask::example> const>(), 5).empty());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vanna
