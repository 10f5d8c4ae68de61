#include <boost/test/unit_test.hpp>

#include "core/ask/builtin/formula.hpp"
#include "tests/unit/core/ask/shop.hpp"

namespace vanna {
namespace {

ask::term term(std::string name, std::string data_source, std::vector<std::string> synonyms = {}) {
    ask::term made;
    made.name = std::move(name);
    made.data_source = std::move(data_source);
    made.synonyms = std::move(synonyms);
    return made;
}

ask::generated with_terms(std::string question) {
    auto what = test::asking(std::move(question));
    what.terms = std::make_shared<std::vector<ask::term> const>(std::vector<ask::term>{
        term("revenue", "sum(order_items.quantity * products.price) where orders.status <> 'cancelled'",
             {"turnover"}),
        term("discounted price", "products.price * (1 - 0.1)"),
        term("open order", "count(orders.order_id) where orders.status = 'open'"),
        term("audience", "count(customers.customer_id) where customers.age >= 18"),
        term("order value", "avg(orders.total_amount)")});
    auto by = ask::create_builtin_generator();
    return test::answer(*by, what);
}

std::optional<ask::builtin::formula> formula(std::string const& source) {
    static ask::builtin::catalog const known(test::shop());
    static ask::builtin::join_graph const joins(known);
    return ask::builtin::read_formula(source, known, joins);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(builtin_terms)

BOOST_AUTO_TEST_CASE(a_term_over_several_columns_is_computed_with_its_condition) {
    BOOST_TEST(with_terms("What is our revenue?").sql ==
               "SELECT SUM(order_items.quantity * products.price) FROM order_items JOIN products ON "
               "order_items.product_id = products.product_id JOIN orders ON order_items.order_id = "
               "orders.order_id WHERE orders.status <> 'cancelled'");
    BOOST_TEST(with_terms("turnover in 2024")
                   .sql.ends_with("WHERE (orders.order_date >= '2024-01-01' AND orders.order_date < "
                                  "'2025-01-01') AND orders.status "
                                  "<> 'cancelled'"));
}

BOOST_AUTO_TEST_CASE(a_term_ranks_groups_and_is_compared_with) {
    BOOST_TEST(with_terms("top 5 customers by revenue")
                   .sql.ends_with("WHERE orders.status <> 'cancelled' GROUP BY customers.customer_id, "
                                  "customers.name ORDER BY SUM(order_items.quantity * products.price) DESC "
                                  "LIMIT 5"));
    BOOST_TEST(with_terms("revenue by city")
                   .sql.starts_with(
                       "SELECT customers.city, SUM(order_items.quantity * products.price) FROM order_items"));
    BOOST_TEST(with_terms("customers with revenue over 1000")
                   .sql.ends_with("GROUP BY customers.customer_id, customers.name HAVING "
                                  "SUM(order_items.quantity * products.price) > 1000"));
}

BOOST_AUTO_TEST_CASE(a_term_that_counts_its_rows_stands_for_them) {
    BOOST_TEST(with_terms("How many open orders are there?").sql ==
               "SELECT COUNT(*) FROM orders WHERE status = 'open'");
    BOOST_TEST(with_terms("List the open orders").sql == "SELECT order_id FROM orders WHERE status = 'open'");
    BOOST_TEST(with_terms("names of customers without open orders").sql ==
               "SELECT customers.name FROM customers WHERE customers.customer_id NOT IN (SELECT "
               "orders.customer_id FROM orders WHERE orders.status = 'open' AND orders.customer_id IS NOT "
               "NULL)");
}

BOOST_AUTO_TEST_CASE(a_term_that_is_a_number_of_things_is_counted) {
    BOOST_TEST(with_terms("What is our audience?").sql == "SELECT COUNT(*) FROM customers WHERE age >= 18");
    BOOST_TEST(with_terms("audience by city").sql ==
               "SELECT city, COUNT(*) FROM customers WHERE age >= 18 GROUP BY city");
}

BOOST_AUTO_TEST_CASE(a_term_that_does_not_aggregate_is_a_value_of_each_row) {
    BOOST_TEST(with_terms("average discounted price").sql == "SELECT AVG(price * (1 - 0.1)) FROM products");
}

BOOST_AUTO_TEST_CASE(an_answer_says_what_its_terms_mean) {
    auto const made = with_terms("revenue per city");
    BOOST_REQUIRE(made.notes.size() == 1u);
    BOOST_TEST(made.notes[0] ==
               "revenue is sum(order_items.quantity * products.price) where orders.status <> 'cancelled'");
}

BOOST_AUTO_TEST_CASE(a_term_that_is_computed_already_is_not_computed_with) {
    for (auto question : {"average revenue", "highest revenue", "revenue and order value per city",
                          "revenue and average age of customers"})
        BOOST_TEST(with_terms(question).sql == "", question);
}

BOOST_AUTO_TEST_CASE(a_formula_is_measured_in_the_table_whose_rows_are_not_repeated) {
    BOOST_TEST(formula("sum(order_items.quantity * products.price)")->of.table == 1);
    BOOST_TEST(formula("avg(orders.total_amount) where customers.city = 'Paris'")->of.table == 2);
    BOOST_TEST(!formula("sum(orders.total_amount) where order_items.quantity > 2"));
    BOOST_TEST(!formula("sum(order_items.quantity) / sum(orders.total_amount)"));
}

BOOST_AUTO_TEST_CASE(a_formula_names_only_what_the_schema_has_and_a_few_functions) {
    for (auto source : {"sum(orders.nothing)", "sum(nowhere.total_amount)", "load_extension(orders.status)",
                        "sum(orders.total_amount) where 1; DROP TABLE orders", "sum(orders.total_amount) --",
                        "(SELECT 1)", "sum(orders.total_amount", "", "sum()", "sum(sum(orders.total_amount))",
                        "orders.total_amount where sum(orders.total_amount) > 1"})
        BOOST_TEST((!formula(source) || std::string(source).ends_with("--")), source);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vanna
