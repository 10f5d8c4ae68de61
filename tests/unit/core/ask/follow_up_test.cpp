#include "core/ask/follow_up.hpp"

#include <boost/test/unit_test.hpp>

#include "tests/unit/core/ask/shop.hpp"

namespace vanna {
namespace {

struct talk {
    std::shared_ptr<ask::local_generator const> by = ask::with_follow_ups(ask::local_builtin_generator());
    std::vector<ask::turn> earlier;

    ask::generated ask(std::string question) {
        auto what = test::asking(question);
        what.earlier = earlier;
        auto made = by->answer(what, after(std::chrono::seconds(5))).value();
        if (!made.sql.empty()) earlier.push_back({std::move(question), made.sql, {}});
        return made;
    }
    bool asks_back(std::string question) {
        auto const made = ask(std::move(question));
        return made.sql.empty() && made.clarification.find("in full") != std::string::npos;
    }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(follow_ups)

BOOST_AUTO_TEST_CASE(an_addition_is_told_from_a_question_of_its_own) {
    for (auto const& [question, added] :
         std::map<std::string, std::string>{{"and by city?", "by city"},
                                            {"By city", "By city"},
                                            {"only 2023", "2023"},
                                            {"And what about Berlin?", ""},
                                            {"what about Berlin?", "Berlin"},
                                            {"and only the open ones, please", ""},
                                            {"in 2024", "in 2024"},
                                            {"just the cancelled ones", "the cancelled"},
                                            {"and how many in Paris?", ""},
                                            {"those in Berlin", ""},
                                            {"and?", ""}}) {
        auto const found = ask::addition_of(question);
        BOOST_REQUIRE_MESSAGE(found, question);
        BOOST_TEST_CONTEXT(question)
        if (!added.empty()) BOOST_TEST(*found == added);
    }
    for (auto const* question :
         {"How many customers are there?", "In 2023, how many orders were placed?", "List the products",
          "customers and their orders", "Andorra customers", "total amount by status", ""})
        BOOST_TEST(!ask::addition_of(question), question);
}

BOOST_AUTO_TEST_CASE(a_statement_continues_another_with_a_condition_or_a_grouping_more) {
    using ask::continues;
    std::string const base = "SELECT COUNT(*) FROM orders";
    BOOST_TEST(continues(base, "SELECT COUNT(*) FROM orders WHERE status = 'open'"));
    BOOST_TEST(continues(base, "SELECT status, COUNT(*) FROM orders GROUP BY status"));
    BOOST_TEST(continues(base,
                         "SELECT customers.city, COUNT(*) FROM orders JOIN customers ON "
                         "orders.customer_id = customers.customer_id GROUP BY customers.city"));
    BOOST_TEST(
        continues("SELECT SUM(total) FROM orders WHERE day > '2'",
                  "SELECT SUM(orders.total) FROM orders JOIN customers ON 1 WHERE orders.day > '2' AND "
                  "customers.city = 'FROM x WHERE'"));
    BOOST_TEST(!continues(base, base), "nothing is added");
    BOOST_TEST(!continues(base, "SELECT COUNT(*) FROM customers WHERE city = 'Berlin'"), "another table");
    BOOST_TEST(!continues(base, "SELECT COUNT(DISTINCT order_id) FROM orders WHERE x = 1"), "another count");
    BOOST_TEST(
        !continues(base + " WHERE status = 'open'", base + " WHERE status = 'open' AND status = 'paid'"),
        "the same column again would leave nothing");
    BOOST_TEST(!continues(base + " WHERE a = 1", base + " WHERE a = 1 OR b = 2"));
    BOOST_TEST(!continues(base + " WHERE a = 1", base + " WHERE b = 1"));
    BOOST_TEST(
        !continues("SELECT name FROM products", "SELECT category, name FROM products GROUP BY category"));
    BOOST_TEST(!continues(base, base + " WHERE a = 1 LIMIT 5"));
    BOOST_TEST(!continues("nonsense", base));
    BOOST_TEST(!continues("", ""));
}

BOOST_AUTO_TEST_CASE(additions_narrow_or_group_what_was_asked) {
    talk t;
    BOOST_TEST(t.ask("How many orders are there?").sql == "SELECT COUNT(*) FROM orders");
    auto const grouped = t.ask("and by status?");
    BOOST_TEST(grouped.sql == "SELECT status, COUNT(*) FROM orders GROUP BY status");
    BOOST_REQUIRE(!grouped.notes.empty());
    BOOST_TEST(grouped.notes.front() == "understood as: How many orders are there by status");
    auto const narrowed = t.ask("only 2023");
    BOOST_TEST(narrowed.sql.find("GROUP BY status") != std::string::npos, narrowed.sql);
    BOOST_TEST(narrowed.sql.find("2023-01-01") != std::string::npos, narrowed.sql);
    BOOST_TEST(t.asks_back("only 2024"), "two years at once would leave nothing");
    BOOST_TEST(t.asks_back("and by city?"), "it is grouped already");
}

BOOST_AUTO_TEST_CASE(what_cannot_be_continued_is_asked_back_not_guessed) {
    talk t;
    t.ask("How many customers are there in Berlin?");
    BOOST_TEST(t.asks_back("and Paris?"), "instead of Berlin, or as well?");
    BOOST_TEST(t.asks_back("by weather"));
    BOOST_TEST(t.asks_back("and how many in Paris?"));
    BOOST_TEST(t.asks_back("those in Paris"));
    BOOST_TEST(t.asks_back("and?"));
    t.earlier.back().sql = "SELECT 1";
    BOOST_TEST(t.asks_back("and by age?"),
               "another generator answered: what it understood is not known here");
}

BOOST_AUTO_TEST_CASE(a_question_of_its_own_is_answered_as_ever) {
    talk t;
    t.ask("How many orders are there?");
    BOOST_TEST(t.ask("How many customers are there?").sql == "SELECT COUNT(*) FROM customers");
    talk first;
    BOOST_TEST(first.ask("How many customers are there in Berlin?").notes.empty());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vanna
