// A small schema for tests of asking: customers place orders of products; nothing is declared about colours.
#pragma once
#include "core/ask/builtin/generator.hpp"
#include "tests/support/run_coroutine.hpp"

namespace vanna::test {

inline sql::schema_column column(std::string name, std::string type, std::vector<std::string> values = {}) {
    sql::schema_column c{std::move(name), std::move(type)};
    c.values_complete = !values.empty();
    c.values = std::move(values);
    return c;
}

inline sql::schema_column key(std::string name) {
    auto c = column(std::move(name), "INTEGER");
    c.primary_key = 1;
    return c;
}

inline std::shared_ptr<sql::schema const> shop() {
    auto made = std::make_shared<sql::schema>();
    made->engine = "sqlite";
    made->version = "v1";
    sql::table customers{.name = "customers", .ddl = "CREATE TABLE customers (...)"};
    customers.columns = {key("customer_id"), column("name", "TEXT"),
                         column("city", "TEXT", {"Berlin", "Paris", "New York"}), column("age", "INTEGER"),
                         column("email", "TEXT")};
    sql::table orders{.name = "orders", .ddl = "CREATE TABLE orders (...)"};
    orders.columns = {key("order_id"), column("customer_id", "INTEGER"), column("order_date", "DATE"),
                      column("status", "TEXT", {"open", "shipped", "cancelled"}),
                      column("total_amount", "NUMERIC")};
    orders.foreign_keys = {{{"customer_id"}, "customers", {"customer_id"}}};
    sql::table items{.name = "order_items", .ddl = "CREATE TABLE order_items (...)"};
    items.columns = {key("item_id"), column("order_id", "INTEGER"), column("product_id", "INTEGER"),
                     column("quantity", "INTEGER")};
    items.foreign_keys = {{{"order_id"}, "orders", {"order_id"}},
                          {{"product_id"}, "products", {"product_id"}}};
    sql::table products{.name = "products", .ddl = "CREATE TABLE products (...)"};
    products.columns = {key("product_id"), column("product_name", "TEXT"), column("price", "NUMERIC"),
                        column("category", "TEXT", {"Books", "Toys"})};
    made->tables = {customers, items, orders, products};
    return made;
}

inline ask::context asking(std::string question, std::shared_ptr<sql::schema const> schema = shop()) {
    ask::context c;
    c.question = std::move(question);
    c.schema = std::move(schema);
    c.terms = std::make_shared<std::vector<ask::term> const>();
    c.examples = std::make_shared<std::vector<ask::example> const>();
    c.today = std::chrono::year(2025) / 6 / 15;
    c.dialect = "sqlite";
    return c;
}

inline ask::generated answer(ask::generator& by, ask::context what) {
    ask::generated made;
    run_coroutine([&]() -> awaitable<void> {
        made = (co_await by.generate(what, after(std::chrono::seconds(5)))).value();
    });
    return made;
}

// The built-in generator's answer; declined: empty.
inline std::string sql_for(std::string question, std::shared_ptr<sql::schema const> schema = shop()) {
    auto by = ask::create_builtin_generator();
    return answer(*by, asking(std::move(question), std::move(schema))).sql;
}

}  // namespace vanna::test
