#include <boost/test/unit_test.hpp>

#include "core/ask/sql_spans.hpp"
#include "core/sql/lexer.hpp"
#include "tests/unit/core/ask/shop.hpp"

namespace vanna {

using test::sql_for;

BOOST_AUTO_TEST_SUITE(builtin_generator)

BOOST_AUTO_TEST_CASE(rows_of_a_table_are_counted) {
    for (auto question : {"How many customers are there?", "Count the number of customers.",
                          "What is the total number of customers?"})
        BOOST_TEST(sql_for(question) == "SELECT COUNT(*) FROM customers", question);
}

BOOST_AUTO_TEST_CASE(a_value_of_the_question_becomes_a_condition_on_the_column_that_holds_it) {
    BOOST_TEST(sql_for("How many orders are cancelled?") ==
               "SELECT COUNT(*) FROM orders WHERE status = 'cancelled'");
    BOOST_TEST(sql_for("List the names of customers in New York") ==
               "SELECT name FROM customers WHERE city = 'New York'");
}

BOOST_AUTO_TEST_CASE(numbers_are_compared_as_the_words_say) {
    BOOST_TEST(sql_for("names of customers older than 30") == "SELECT name FROM customers WHERE age > 30");
    BOOST_TEST(sql_for("Which customers have an age of at least 18?") ==
               "SELECT name FROM customers WHERE age >= 18");
    BOOST_TEST(sql_for("customers whose age is between 20 and 30") ==
               "SELECT name FROM customers WHERE age BETWEEN 20 AND 30");
    BOOST_TEST(sql_for("customers whose age is not greater than 30") ==
               "SELECT name FROM customers WHERE age <= 30");
}

BOOST_AUTO_TEST_CASE(sums_averages_and_groups_are_computed_in_the_table_that_holds_the_number) {
    BOOST_TEST(sql_for("What is the average age of customers?") == "SELECT AVG(age) FROM customers");
    BOOST_TEST(sql_for("minimum and maximum price of products") ==
               "SELECT MIN(price), MAX(price) FROM products");
    BOOST_TEST(sql_for("How many customers are in each city?") ==
               "SELECT city, COUNT(*) FROM customers GROUP BY city");
    BOOST_TEST(
        sql_for("total amount of orders per customer") ==
        "SELECT customers.name, SUM(orders.total_amount) FROM orders JOIN customers ON orders.customer_id = "
        "customers.customer_id GROUP BY customers.customer_id, customers.name");
}

BOOST_AUTO_TEST_CASE(periods_are_half_open_ranges_from_today) {
    BOOST_TEST(sql_for("How many orders in 2024?") ==
               "SELECT COUNT(*) FROM orders WHERE order_date >= '2024-01-01' AND order_date < '2025-01-01'");
    BOOST_TEST(sql_for("How many orders last month?") ==
               "SELECT COUNT(*) FROM orders WHERE order_date >= '2025-05-01' AND order_date < '2025-06-01'");
}

BOOST_AUTO_TEST_CASE(a_quarter_is_three_months) {
    std::string const quarter =
        "strftime('%Y', order_date) || '-Q' || ((strftime('%m', order_date) + 2) / 3)";
    BOOST_TEST(sql_for("number of orders per quarter") ==
               "SELECT " + quarter + ", COUNT(*) FROM orders GROUP BY " + quarter);
}

BOOST_AUTO_TEST_CASE(superlatives_order_and_limit) {
    BOOST_TEST(sql_for("Who is the oldest customer?") ==
               "SELECT name FROM customers ORDER BY age DESC LIMIT 1");
    BOOST_TEST(sql_for("the 3 most expensive products") ==
               "SELECT product_name FROM products ORDER BY price DESC LIMIT 3");
    BOOST_TEST(sql_for("top 5 customers by total amount").find("LIMIT 5") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(what_has_no_counterpart_in_the_schema_is_declined) {
    for (auto question :
         {"What is the weather in Berlin?", "How many employees do we have?",
          "What colour do customers like?", "What is the average salary of customers?",
          "Which customers play tennis?", "hello", "", "?", "42", "the the the", "DROP TABLE customers"}) {
        auto by = ask::create_builtin_generator();
        auto const made = test::answer(*by, test::asking(question));
        BOOST_TEST(made.sql == "", question);
        BOOST_TEST(made.clarification != "", question);
    }
}

BOOST_AUTO_TEST_CASE(a_sum_that_would_count_rows_twice_is_declined) {
    BOOST_TEST(sql_for("total amount of orders for each product") == "");
}

BOOST_AUTO_TEST_CASE(the_same_question_gives_the_same_statement) {
    auto by = ask::create_builtin_generator();
    auto const first = test::answer(*by, test::asking("number of orders per customer in 2024")).sql;
    BOOST_TEST(first != "");
    for (int i = 0; i < 5; ++i) {
        BOOST_TEST(test::answer(*by, test::asking("number of orders per customer in 2024")).sql == first);
        BOOST_TEST(sql_for("number of orders per customer in 2024") == first);
    }
}

BOOST_AUTO_TEST_CASE(a_schema_with_odd_names_and_no_keys_is_answered_with_quoted_names) {
    auto made = std::make_shared<sql::schema>();
    sql::table t{.name = "Order Lines; --"};
    t.columns = {test::column("select", "TEXT", {"a'b", "plain"}), test::column("Größe \"x\"", "INTEGER")};
    made->tables = {t};
    BOOST_TEST(sql_for("How many order lines are there?", made) ==
               "SELECT COUNT(*) FROM \"Order Lines; --\"");
    BOOST_TEST(sql_for("number of order lines per select", made) ==
               "SELECT \"select\", COUNT(*) FROM \"Order Lines; --\" GROUP BY \"select\"");
}

BOOST_AUTO_TEST_CASE(an_empty_schema_declines) {
    BOOST_TEST(sql_for("How many customers?", std::make_shared<sql::schema const>()) == "");
}

// The tokens of a statement without what its literals hold.
std::string structure(std::string const& sql) {
    std::string out;
    sql::lexer words(sql);
    for (auto t = words.next(); t.kind != sql::token_kind::end; t = words.next())
        out += t.kind == sql::token_kind::text     ? "'' "
               : t.kind == sql::token_kind::number ? "0 "
                                                   : std::string(t.text) + " ";
    return out;
}

BOOST_AUTO_TEST_CASE(a_hostile_text_stays_inside_its_literal) {
    auto const expected = structure("SELECT name FROM customers WHERE name = 'x'");
    for (auto hostile : {"x' OR 1=1 --", "'; DROP TABLE customers; --", "a''b", "\\' OR ''='", "/* */",
                         "x\"; SELECT 1", "%' UNION SELECT 1", "`", "\xff\xfe", "\xe2\x80\x99 OR 1=1"}) {
        auto const sql = sql_for("List the names of customers named \"" + std::string(hostile) + "\"");
        if (!sql.empty()) BOOST_TEST(structure(sql) == expected, hostile);
    }
}

// What a statement consists of as an engine reads it: a problem, or nothing.
std::string problem_in(std::string_view sql, ask::sql_reading as, std::string_view question,
                       std::string_view value) {
    using kind = ask::sql_span::kind;
    std::string plain;  // outside of texts and names
    std::size_t at = 0;
    for (auto const& span : ask::sql_spans(sql, as)) {
        plain += sql.substr(at, span.begin - at);
        at = span.end;
        if (span.what == kind::comment || span.what == kind::coded_text) return "a comment or a coded text";
        if (span.what == kind::name) continue;
        auto const text =
            sql::unquoted({sql::token_kind::text, sql.substr(span.begin, span.end - span.begin), 0});
        if (text != value && question.find(text) == question.npos) return "a text of nowhere: " + text;
    }
    plain += sql.substr(at);
    if (!plain.starts_with("SELECT ")) return "no SELECT";
    for (auto odd : {";", "--", "/*", "'", "\"", "UNION", "DROP", "\\", "$"})
        if (plain.find(odd) != plain.npos) return "outside of texts: " + std::string(odd);
    return {};
}

BOOST_AUTO_TEST_CASE(random_values_and_synonyms_stay_in_texts_however_an_engine_reads_them) {
    static constexpr char const* pieces[] = {
        "'", "''", "\"",  "\\", "\\'",  ";", "--", "/*",   "*/", "$$", "$a$", "E'", "%", "Oslo", "lo",
        "x", "or", "1=1", "é",  "\xff", "(", ")",  "DROP", "U&", "\n", "\t",  "`",  "[", "]"};
    std::uint64_t seed = 7;
    auto const next = [&] {
        return seed = seed * 6364136223846793005ull + 1442695040888963407ull, seed >> 33;
    };
    auto by = ask::create_builtin_generator();
    int with_value = 0, with_synonym = 0;
    for (int round = 0; round < 3000; ++round) {
        std::string odd;
        for (auto n = 1 + next() % 5; n > 0; --n)
            odd += std::string(next() % 2 ? " " : "") + pieces[next() % std::size(pieces)];
        auto made = std::make_shared<sql::schema>(*test::shop());
        bool const on_postgresql = round % 2;
        if (on_postgresql) made->engine = "postgresql";
        made->tables[0].columns[2].values.push_back(odd);
        auto what = test::asking(round % 3 ? "How many customers are in " + odd + "?"
                                           : "How many " + odd + " customers are there?",
                                 made);
        if (on_postgresql) what.dialect = "postgresql";
        bool const is_term = next() % 4 == 0;
        if (is_term)
            what.terms = std::make_shared<std::vector<ask::term> const>(
                std::vector<ask::term>{{.name = "customers", .synonyms = {odd}}});
        auto const sql = test::answer(*by, what).sql;
        if (sql.empty()) continue;
        auto const problem = problem_in(
            sql, on_postgresql ? ask::sql_reading::postgresql : ask::sql_reading::sqlite, what.question, odd);
        BOOST_TEST(problem.empty(), problem << " in " << sql << " for " << what.question);
        with_value += sql.find("WHERE") != sql.npos;
        with_synonym += is_term;
    }
    BOOST_TEST(with_value > 50);
    BOOST_TEST(with_synonym > 50);
}

BOOST_AUTO_TEST_CASE(random_questions_only_ever_make_one_select_of_known_names) {
    static constexpr char const* pieces[] = {
        "how many",     "customers", "orders", "name",      "in",         "'",
        "\"",           ";",         "--",     "/*",        "*/",         "DROP TABLE orders",
        "2024",         "with",      "age",    "more than", "5",          "each",
        "city",         "Berlin",    ",",      "(",         ")",          "x'00'",
        "top 3",        "by",        "not",    "or 1=1",    "ordered by", "average",
        "most",         "product",   "price",  "named",     "\\",         "\n",
        "UNION SELECT", "\x01",      "``",     "''",        "without",    "and",
        "both",         "except",    "sort",   "how old",   "people",     "Rome or",
        "highest",      "whose",     "of",     "the",       "names of",   "ordered",
        "or after",     "twice",     "that",   "have",      "largest",    "number of",
        "which",        "total",     "oldest", "status",    "open",       "where"};
    std::uint64_t seed = 42;
    auto const next = [&] {
        return seed = seed * 6364136223846793005ull + 1442695040888963407ull, seed >> 33;
    };
    auto by = ask::create_builtin_generator();
    auto const schema = test::shop();
    int answered = 0;
    for (int round = 0; round < 6000; ++round) {
        std::string question;
        for (auto n = 1 + next() % 10; n > 0; --n)
            question += std::string(question.empty() ? "" : " ") + pieces[next() % std::size(pieces)];
        auto const sql = test::answer(*by, test::asking(question, schema)).sql;
        if (sql.empty()) continue;
        ++answered;
        BOOST_TEST(sql.starts_with("SELECT "), question);
        sql::lexer words(sql);
        for (auto t = words.next(); t.kind != sql::token_kind::end; t = words.next()) {
            BOOST_TEST((t.kind != sql::token_kind::semicolon), question);
            BOOST_TEST((t.text != "DROP" && t.text != "UNION"), question);
        }
    }
    BOOST_TEST(answered > 50);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vanna
