#include "core/ask/verified_pairs.hpp"

#include <boost/test/unit_test.hpp>
#include <random>

#include "core/ask/sql_literals.hpp"
#include "core/ask/sql_spans.hpp"
#include "core/sql/lexer.hpp"
#include "tests/unit/core/ask/shop.hpp"

namespace vanna {
namespace {

ask::context with_pairs(std::string question, std::vector<std::pair<std::string, std::string>> pairs) {
    auto what = test::asking(std::move(question));
    std::vector<ask::example> examples;
    for (auto& [q, sql] : pairs) {
        ask::example e;
        e.id = new_id();
        e.question = q;
        e.sql = sql;
        e.state = "approved";
        e.approved_by = "anna@example.com";
        e.approved_at = *parse_rfc3339("2025-03-04T05:06:07Z");
        examples.push_back(std::move(e));
    }
    what.examples = std::make_shared<std::vector<ask::example> const>(std::move(examples));
    return what;
}

std::string answer(std::string question, std::vector<std::pair<std::string, std::string>> pairs) {
    auto by = ask::create_verified_pairs();
    return test::answer(*by, with_pairs(std::move(question), std::move(pairs))).sql;
}

std::pair<std::string, std::string> const open_orders{
    "Which customers in Berlin have more than 3 orders?",
    "SELECT name FROM customers WHERE city = 'Berlin' AND n > 3 -- 3 of 'Berlin'"};

}  // namespace

BOOST_AUTO_TEST_SUITE(verified_pairs)

BOOST_AUTO_TEST_CASE(the_same_question_in_other_case_and_punctuation_gives_the_approved_sql) {
    BOOST_TEST(answer("which customers in berlin have  more than 3 orders", {open_orders}) ==
               open_orders.second);
}

BOOST_AUTO_TEST_CASE(the_answer_names_the_pair_who_approved_it_and_when) {
    auto by = ask::create_verified_pairs();
    auto const made = test::answer(*by, with_pairs(open_orders.first, {open_orders}));
    BOOST_TEST(made.confidence == 1);
    BOOST_REQUIRE(made.sources.size() == 1u);
    BOOST_TEST(made.sources[0].kind == "example");
    BOOST_TEST(made.sources[0].name == open_orders.first);
    BOOST_REQUIRE(made.notes.size() == 1u);
    BOOST_TEST(made.notes[0].find("anna@example.com on 2025-03-04") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_pair_not_yet_run_on_the_target_as_it_is_says_so) {
    auto const notes = [](std::string version) {
        auto what = with_pairs(open_orders.first, {open_orders});
        auto pairs = *what.examples;
        pairs[0].checked_version = std::move(version);
        what.examples = std::make_shared<std::vector<ask::example> const>(std::move(pairs));
        auto by = ask::create_verified_pairs();
        return test::answer(*by, std::move(what)).notes;
    };
    BOOST_TEST(notes("v1").size() == 1u);
    BOOST_REQUIRE(notes("v0").size() == 2u);
    BOOST_TEST(notes("v0")[1].find("the target has changed") == 0u);
}

BOOST_AUTO_TEST_CASE(other_literals_of_the_same_kinds_are_put_in_their_places) {
    BOOST_TEST(answer("Which customers in New York have more than 7 orders?", {open_orders}) ==
               "SELECT name FROM customers WHERE city = 'New York' AND n > 7 -- 3 of 'Berlin'");
}

BOOST_AUTO_TEST_CASE(a_question_that_differs_in_a_word_that_matters_is_not_the_same) {
    BOOST_TEST(answer("Which customers in Paris have less than 3 orders?", {open_orders}) == "");
    BOOST_TEST(answer("Which products in Paris have more than 3 orders?", {open_orders}) == "");
    BOOST_TEST(answer("Which customers in 2024 have more than 3 orders?", {open_orders}) == "");
}

BOOST_AUTO_TEST_CASE(a_literal_that_stands_twice_in_the_statement_is_not_guessed) {
    BOOST_TEST(answer("top 5 customers", {{"top 3 customers", "SELECT 3, name FROM customers LIMIT 3"}}) ==
               "");
    BOOST_TEST(answer("customers in Paris", {{"customers in Berlin", "SELECT 1"}}) == "");
}

BOOST_AUTO_TEST_CASE(a_hostile_literal_stays_a_literal) {
    std::pair<std::string, std::string> const named{"customers named 'Smith'",
                                                    "SELECT name FROM customers WHERE name LIKE '%Smith%'"};
    BOOST_TEST(answer("customers named \"x' OR 1=1 --\"", {named}) ==
               "SELECT name FROM customers WHERE name LIKE '%x'' OR 1=1 --%'");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(sql_literals)

BOOST_AUTO_TEST_CASE(comments_names_and_blobs_hold_no_literals) {
    auto const found = ask::sql_literals(
        "SELECT \"a 1\", [2], `3`, x'41', t4.c FROM t4 -- 5 'six'\n WHERE a = 'it''s' /* 7 */ AND b < 8.5");
    BOOST_REQUIRE(found.size() == 2u);
    BOOST_TEST(found[0].value == "it's");
    BOOST_TEST(found[1].value == "8.5");
}

BOOST_AUTO_TEST_CASE(where_the_engines_would_read_different_texts_there_are_none) {
    for (auto sql : {"SELECT E'it\\'s', 3", "SELECT e'x', 'y'", "SELECT $$x$$, 'y'", "SELECT $a$x$a$, 3",
                     "SELECT U&'x', 3", "SELECT B'101', 'x'", "SELECT N'x'", "SELECT a['x'], 'y'",
                     "SELECT ARRAY['x','y']", "SELECT [it's], 'x'", "SELECT `it's`, 'x'",
                     "SELECT /* /* 'a' */ 'b' */ 'c'", "SELECT 1 -- \r 'x'"})
        BOOST_TEST(ask::sql_literals(sql).empty(), sql);
    for (auto sql : {"SELECT $1, 'x'", "SELECT [a b], `c d`, 'x'", "SELECT a[1], 'x'",
                     "SELECT /* a */ 'x' -- b", "SELECT \"it's\", 'x'", "SELECT 'x', x'41'"})
        BOOST_TEST(!ask::sql_literals(sql).empty(), sql);
}

BOOST_AUTO_TEST_CASE(a_number_is_replaced_by_a_number_only) {
    std::string const sql = "SELECT 1";
    auto const found = ask::sql_literals(sql);
    BOOST_TEST(ask::with_literals(sql, {{&found[0], "2.5"}}) == "SELECT 2.5");
    BOOST_TEST(ask::with_literals(sql, {{&found[0], "2; DROP"}}) == "");
    BOOST_TEST(ask::with_literals(sql, {{&found[0], ""}}) == "");
}

// The tokens of a statement without its texts and numbers.
std::vector<std::string> structure_of(std::string_view sql) {
    std::vector<std::string> out;
    sql::lexer words(sql);
    for (auto t = words.next(); t.kind != sql::token_kind::end; t = words.next())
        out.push_back(t.kind == sql::token_kind::text     ? "text"
                      : t.kind == sql::token_kind::number ? "number"
                                                          : std::string(t.text));
    return out;
}

// The kinds of its texts, comments and names, as an engine reads it.
std::vector<ask::sql_span::kind> spans_of(std::string_view sql, ask::sql_reading as) {
    std::vector<ask::sql_span::kind> out;
    for (auto const& span : ask::sql_spans(sql, as))
        out.push_back(span.what);
    return out;
}

BOOST_AUTO_TEST_CASE(no_value_changes_the_structure_of_a_statement) {
    std::mt19937 random(11);
    static constexpr std::string_view bits[] = {"'",
                                                "''",
                                                "\\",
                                                "\"",
                                                "--",
                                                "/*",
                                                "*/",
                                                ";",
                                                "\n",
                                                "%",
                                                "_",
                                                "$$",
                                                "E'",
                                                "x'",
                                                "U&'",
                                                "`",
                                                "[",
                                                "]",
                                                "\xC2\xA0",
                                                "\xE2\x80\x99",
                                                "\xEF\xBC\x87",
                                                "\xff",
                                                "1",
                                                "-1",
                                                "2.5",
                                                "1e9",
                                                "a",
                                                " OR 1=1",
                                                "#"};
    std::string const statements[] = {
        "SELECT name FROM customers WHERE city = 'Berlin' AND n > 3 -- 3 of 'Berlin'",
        "SELECT 'it''s', \"a 'b\", x'41', [c d] FROM t /* 'd' */ WHERE e LIKE '%f%' AND g IN ('h','i',-1, "
        "2.5)",
        "SELECT date('2024-01-01'), 'x'||'y' FROM t LIMIT 10",
        "SELECT a::text, \"b c\" FROM t WHERE d = ANY ('{1,2}') AND e[3] ->> 'f' = 'g' /* 'h' */ OR i = $1"};
    std::size_t refilled = 0;
    for (int i = 0; i < 20'000; ++i) {
        auto const& sql = statements[random() % std::size(statements)];
        auto const found = ask::sql_literals(sql);
        std::vector<ask::replacement> changes;
        for (auto const& literal : found) {
            std::string value;
            for (auto n = random() % 6; n > 0; --n)
                value += bits[random() % std::size(bits)];
            if (literal.what == ask::sql_literal::kind::number && random() % 2) value = "7";
            if (random() % 2) changes.push_back({&literal, std::move(value)});
        }
        auto const wanted = changes;
        auto const made = ask::with_literals(sql, std::move(changes));
        if (made.empty()) continue;
        ++refilled;
        auto minus_joined = structure_of(made), before = structure_of(sql);
        std::erase(minus_joined, "-");
        std::erase(before, "-");
        BOOST_REQUIRE_MESSAGE(minus_joined == before, made);
        for (auto reading : {ask::sql_reading::sqlite, ask::sql_reading::postgresql})
            BOOST_REQUIRE_MESSAGE(spans_of(made, reading) == spans_of(sql, reading), made);
        auto const after = ask::sql_literals(made);
        BOOST_REQUIRE_MESSAGE(after.size() == found.size(), made);
        for (auto const& change : wanted) {
            bool const is_negative =
                change.where->what == ask::sql_literal::kind::number && change.value.starts_with('-');
            auto const& read = after[std::size_t(change.where - found.data())].value;
            BOOST_REQUIRE_MESSAGE(read == change.value.substr(is_negative), made);
        }
    }
    BOOST_TEST(refilled > 5000u);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vanna
