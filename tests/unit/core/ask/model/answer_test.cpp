#include "core/ask/model/answer.hpp"

#include <boost/test/unit_test.hpp>

namespace vanna::ask::model {
namespace {

std::string sql(std::string_view text) {
    return read_answer(text).sql;
}

// Answers as models give them, and the statement in each.
std::vector<std::pair<std::string, std::string>> const answers = {
    {"SELECT 1", "SELECT 1"},
    {"```sql\nSELECT a FROM b;\n```", "SELECT a FROM b"},
    {"Here you are:\n\n```SQL\nselect a\nfrom b\n```\nIt counts things; don't worry.", "select a\nfrom b"},
    {"```\nSELECT 1\n```", "SELECT 1"},
    {"```sql SELECT 1```", "SELECT 1"},
    {"```SELECT 1```", "SELECT 1"},
    {"~~~sqlite\nSELECT 2\n~~~", "SELECT 2"},
    {"```sql\nSELECT 1 FROM t WHERE x = '\xC3\xA4;`' -- it's; over\n  AND y = \"a;b\" /* ; */\n```",
     "SELECT 1 FROM t WHERE x = '\xC3\xA4;`' -- it's; over\n  AND y = \"a;b\" /* ; */"},
    {"```sql\nSELECT 1", "SELECT 1"},
    {"```text\nno SQL here\n```\nbut here:\n```sql\nSELECT 3\n```", "SELECT 3"},
    {R"({"sql": "SELECT \"a\" FROM b WHERE c = 'x;y'"})", R"(SELECT "a" FROM b WHERE c = 'x;y')"},
    {"```json\n{\"sql\": \"SELECT 4;\"}\n```", "SELECT 4"},
    {R"(The answer: {"query": "SELECT 5"} as asked.)", "SELECT 5"},
    {R"({"sql": "```sql\nSELECT 6\n```"})", "SELECT 6"},
    {"<think>SELECT nothing; I should SELECT 8\n```sql\nSELECT 9\n```</think>\nSELECT 7", "SELECT 7"},
    {"The query is:\nSELECT a, ';' FROM b WHERE c = 'it''s; so';\nThis shows what you want.",
     "SELECT a, ';' FROM b WHERE c = 'it''s; so'"},
    {"SELECT a\nFROM b\n\nThis doesn't need a join.", "SELECT a\nFROM b"},
    {"WITH x AS (\n  SELECT 1 AS n\n),\n\ny AS (SELECT ';' AS s)\n\nSELECT * FROM x, y;\nDone",
     "WITH x AS (\n  SELECT 1 AS n\n),\n\ny AS (SELECT ';' AS s)\n\nSELECT * FROM x, y"},
    {"With this statement you see it: SELECT a FROM b", "SELECT a FROM b"},
    {"with r(n) as (values (1)) select n from r", "with r(n) as (values (1)) select n from r"},
    {"Select the table first. SQL: SELECT * FROM t", "SELECT * FROM t"},
    {"", ""},
    {"I cannot answer that.", ""},
    {"You would have to select another database.", ""},
    {"<think>SELECT 1", ""},
};

}  // namespace

BOOST_AUTO_TEST_SUITE(a_models_answer)

BOOST_AUTO_TEST_CASE(has_its_statement_taken_out_of_whatever_is_around_it) {
    for (auto const& [text, expected] : answers)
        BOOST_TEST(sql(text) == expected, "of: " << text << "\ncame: " << sql(text));
}

BOOST_AUTO_TEST_CASE(made_to_be_slow_is_read_in_no_time) {
    std::string backticks, braces(30000, '{');
    while (backticks.size() < 60000)
        backticks += "```x```";
    braces += std::string(30000, ' ');
    auto const began = std::chrono::steady_clock::now();
    for (auto const& text : {backticks, braces}) {
        answer_text pieces;
        for (std::size_t at = 0; at < text.size(); at += text.size() / 17 + 1) {
            BOOST_TEST(pieces.feed(std::string_view(text).substr(at, text.size() / 17 + 1)));
            BOOST_TEST(!pieces.is_whole());
        }
        BOOST_TEST(pieces.read().sql == "");
    }
    BOOST_TEST((std::chrono::steady_clock::now() - began < std::chrono::milliseconds(500)));
    BOOST_TEST(sql("`` ~~ ``~ ~~~sql\nSELECT '```'\n~~~") == "SELECT '```'");
}

BOOST_AUTO_TEST_CASE(is_the_same_however_its_pieces_are_cut) {
    for (auto const& [text, expected] : answers)
        for (std::size_t cut = 0; cut <= text.size(); ++cut) {
            answer_text pieces;
            BOOST_TEST(pieces.feed(std::string_view(text).substr(0, cut)));
            (void)pieces.is_whole();
            BOOST_TEST(pieces.feed(std::string_view(text).substr(cut)));
            BOOST_REQUIRE_MESSAGE(pieces.read().sql == expected, "cut at " << cut << " of: " << text);
        }
}

BOOST_AUTO_TEST_CASE(that_stands_cannot_be_changed_by_what_follows) {
    for (auto const& [text, expected] : answers) {
        answer_text pieces;
        for (char const c : text) {
            pieces.feed({&c, 1});
            if (!pieces.is_whole()) continue;
            BOOST_TEST(pieces.read().sql == expected, "when whole: " << pieces.text());
            pieces.feed("\n```sql\nSELECT 'another'\n```");
            BOOST_TEST(pieces.read().sql == expected);
            break;
        }
    }
    answer_text fenced;
    fenced.feed("```sql\nSELECT 1\n``");
    BOOST_TEST(!fenced.is_whole());
    fenced.feed("`");
    BOOST_TEST(fenced.is_whole());
}

BOOST_AUTO_TEST_CASE(keeps_what_a_model_adds_to_a_statement_for_the_guard_to_see) {
    for (auto const* text :
         {"SELECT 1; DROP TABLE customers;", "```sql\nSELECT 1;\nDROP TABLE customers\n```",
          "Here:\nSELECT 1;\n\nDELETE FROM customers", R"({"sql": "SELECT 1; ATTACH 'x' AS y"})"}) {
        auto const all = sql(text);
        BOOST_TEST((all.find("SELECT 1;") == 0 && all.size() > 12), all);
    }
    for (auto const* text : {"DROP TABLE customers;", "```sql\nATTACH DATABASE 'x' AS y\n```",
                             "PRAGMA query_only = 0", R"({"sql": "DELETE FROM customers"})"})
        BOOST_TEST(!sql(text).empty(), text);
}

BOOST_AUTO_TEST_CASE(may_decline_with_a_question_back) {
    auto const said = read_answer(R"({"sql": null, "clarification": "Which year do you\nmean?"})");
    BOOST_TEST(said.sql == "");
    BOOST_TEST(said.clarification == "Which year do you mean?");
    auto const fenced = read_answer("```json\n{\"sql\": null, \"clarification\": \"Which?\"}\n```");
    BOOST_TEST(fenced.clarification == "Which?");
    auto const endless = read_answer("{\"sql\":null,\"clarification\":\"" + std::string(5000, 'x') + "\"}");
    BOOST_TEST(endless.clarification.size() <= 400u);
}

BOOST_AUTO_TEST_CASE(is_taken_up_to_a_bound) {
    answer_text pieces;
    BOOST_TEST(pieces.feed(std::string(answer_text::most, 'x')));
    BOOST_TEST(!pieces.feed("y"));
    BOOST_TEST(pieces.text().size() == answer_text::most);
}

BOOST_AUTO_TEST_CASE(made_to_be_slow_to_read_is_read_in_time) {
    auto const repeated = [](std::string_view part) {
        std::string text;
        while (text.size() + part.size() <= answer_text::most)
            text += part;
        return text;
    };
    auto const began = std::chrono::steady_clock::now();
    for (auto const* part : {"``` ", "~~~", "{\"", "{\"a\":", "with a(", "with a as ", "SELECT ", "<think>",
                             "{ ", "select\n", "'", "/*", "``````", "\n\n"})
        (void)sql(repeated(part));
    BOOST_TEST((std::chrono::steady_clock::now() - began < std::chrono::seconds(10)));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vanna::ask::model
