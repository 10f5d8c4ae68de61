// The generators that only compute are shared by all workers' questions, whatever the schema and terms do
// meanwhile.
#include <boost/test/unit_test.hpp>
#include <thread>

#include "core/ask/recent_turns.hpp"
#include "core/ask/verified_pairs.hpp"
#include "tests/unit/core/ask/shop.hpp"

namespace vanna {
namespace {

ask::context with_pair(std::string question, std::string sql) {
    auto what = test::asking(question);
    what.terms = std::make_shared<std::vector<ask::term> const>(
        std::vector<ask::term>{{new_id(), "revenue", "what was sold", "orders.total_amount", "", {"sales"}}});
    what.examples = std::make_shared<std::vector<ask::example> const>(std::vector<ask::example>{
        {.id = new_id(), .question = std::move(question), .sql = std::move(sql), .state = "approved"}});
    return what;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(asking_sharing)

BOOST_AUTO_TEST_CASE(many_threads_ask_while_schema_terms_and_pairs_change) {
    auto const pairs = ask::local_verified_pairs();
    auto const builtin = ask::local_builtin_generator();
    std::vector<ask::context> versions;
    for (int v = 0; v < 3; ++v)
        versions.push_back(with_pair("How many customers are in Berlin?", "SELECT " + std::to_string(v)));
    std::atomic<int> wrong{0};  // Boost.Test's macros belong to one thread
    std::vector<std::thread> all;
    for (int t = 0; t < 4; ++t)
        all.emplace_back([&, t] {
            for (int i = 0; i < 150; ++i) {
                auto const v = std::size_t(i / 10 + t) % versions.size();
                auto const limit = after(std::chrono::seconds(60));
                auto const approved = pairs->answer(versions[v], limit);
                wrong += !approved || approved->sql != "SELECT " + std::to_string(v);
                auto const made = builtin->answer(versions[v], limit);
                wrong += !made || made->sql.find("customers") == std::string::npos;
            }
        });
    for (auto& t : all)
        t.join();
    BOOST_TEST(wrong == 0);
}

BOOST_AUTO_TEST_CASE(many_threads_answer_in_the_same_conversations) {
    ask::recent_turns memory(3);
    std::vector<uuid> talks{new_id(), new_id(), new_id(), new_id()};
    auto const user = new_id();
    std::atomic<int> wrong{0};
    std::vector<std::thread> all;
    for (std::size_t t = 0; t < 4; ++t)
        all.emplace_back([&, t] {
            for (std::size_t i = 0; i < 500; ++i) {
                auto const& talk = talks[(i + t) % talks.size()];
                memory.add(talk, user, {new_id(), "question", "select 1"});
                wrong += memory.of(talk, user).size() > ask::most_turns;
                if (i % 50 == 0) memory.forget(talk, user);
            }
        });
    for (auto& t : all)
        t.join();
    BOOST_TEST(wrong == 0);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vanna
