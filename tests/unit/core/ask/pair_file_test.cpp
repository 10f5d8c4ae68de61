#include "core/ask/pair_file.hpp"

#include <sys/resource.h>

#include <boost/test/unit_test.hpp>
#include <random>

#include "core/ask/ontology_file.hpp"
#include "core/sql/utf8.hpp"

extern "C" __attribute__((weak)) void __sanitizer_purge_allocator();

namespace vanna {
namespace {

ask::example pair(std::string question, std::string sql) {
    return {.id = new_id(),
            .question = std::move(question),
            .sql = std::move(sql),
            .state = "approved",
            .proposed_by = "ann@example.com",
            .approved_by = "yes",
            .approved_at = now(),
            .created_at = now()};
}

void comes_back(std::vector<ask::example> const& given) {
    auto const text = ask::write_pairs(given);
    auto const back = ask::read_pairs(text, {});
    for (auto const& problem : back.problems)
        BOOST_ERROR(problem.field + ": " + problem.message + "\n" + text);
    BOOST_REQUIRE(back.pairs.size() == given.size());
    for (std::size_t i = 0; i < given.size(); ++i) {
        BOOST_TEST(back.pairs[i].question == given[i].question, text);
        BOOST_TEST(back.pairs[i].sql == given[i].sql, text);
    }
}

// "line 3: what", of the only problem.
std::string problem_of(std::string const& yaml, ask::pair_bounds within = {}) {
    auto const read = ask::read_pairs(yaml, within);
    BOOST_REQUIRE_MESSAGE(read.problems.size() == 1u, yaml.substr(0, 200) << read.problems.size());
    return read.problems.front().field + ": " + read.problems.front().message;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(pair_files)

BOOST_AUTO_TEST_CASE(what_is_written_is_read_back_byte_for_byte) {
    comes_back({});
    comes_back({pair("How many?", "select 1"), pair("true", "null"),
                pair("- a: b # c", "select '\"\\', \"x\" -- \\n\n"), pair("~", "\n\nselect\n\n  1\n"),
                pair("ümlaut 😀 \xC2\x85 \xE2\x80\xA8 \xEF\xBB\xBF", "select 1,\n   2\nfrom t"),
                pair("tab\tand\rreturn\x01\x7f", "select 1 \n  from t"),
                pair("*alias", "&anchor !tag |- > ' \" % @ `"), pair("---", "a\n...\n---\nb\n# no comment"),
                pair("2024-01-01", "select\n\n\n1\n  ,2"), pair(" leading", " leading\n trailing "),
                pair("?", "{a: [b]}")});
}

BOOST_AUTO_TEST_CASE(any_text_comes_back) {
    std::mt19937 random(7);
    static constexpr std::string_view bits[] = {
        "\n", "\n\n", " ", "  ", "\t", "'", "\"",     "\\", "#", ": ",           "- ", "|",   ">",  "&a",
        "*a", "!t",   "%", "@",  "{",  "[", "select", "x",  "ä", "\xE2\x80\xA9", "\r", "---", "..."};
    std::vector<ask::example> all;
    for (int i = 0; i < 500; ++i) {
        std::string question = std::to_string(i), sql = "s";
        for (auto n = random() % 8; n > 0; --n)
            question += bits[random() % std::size(bits)];
        for (auto n = random() % 30; n > 0; --n)
            sql += bits[random() % std::size(bits)];
        all.push_back(pair(question, sql));
    }
    comes_back(all);
}

BOOST_AUTO_TEST_CASE(statements_of_several_lines_are_easy_to_read_and_compare) {
    auto const text = ask::write_pairs({pair("q", "SELECT a\n\nFROM t")});
    BOOST_TEST(text.find("  sql: |-\n    SELECT a\n\n    FROM t\n") != std::string::npos, text);
}

BOOST_AUTO_TEST_CASE(every_bad_entry_is_told_with_its_line) {
    auto const read = ask::read_pairs(
        "- question: one\n"
        "- question: two\n  sql: [1]\n"
        "- just text\n"
        "- question: ' '\n  sql: select 1\n"
        "- question: five\n  sql: select 1\n  sgl: oops\n"
        "- question: six\n  sql: select 1\n  sql: select 2\n"
        "- {question: Same  THING, sql: select 1}\n"
        "- {question: same thing, sql: select 2}\n"
        "- question: good\n  sql: select 1\n",
        {});
    std::string all;
    for (auto const& p : read.problems)
        all += p.field + ": " + p.message + "\n";
    BOOST_TEST(all == "line 12: sql: stands twice\n",
               "the file is not looked at further: its keys are not clear");
    auto const again = ask::read_pairs(
        "- question: one\n"
        "- question: two\n  sql: [1]\n"
        "- just text\n"
        "- question: ' '\n  sql: select 1\n"
        "- question: five\n  sql: select 1\n  sgl: oops\n"
        "- {question: Same  THING, sql: select 1}\n"
        "- {question: same thing, sql: select 2}\n"
        "- question: good\n  sql: select 1\n",
        {});
    all.clear();
    for (auto const& p : again.problems)
        all += p.field + ": " + p.message + "\n";
    BOOST_TEST(all ==
               "line 1: sql: is missing\n"
               "line 3: sql: expected a text\n"
               "line 4: expected a map with question and sql\n"
               "line 5: question: is empty\n"
               "line 9: 'sgl' is no key of a pair: expected question, sql\n"
               "line 11: question: stands on line 10 already\n");
}

BOOST_AUTO_TEST_CASE(a_hostile_file_is_refused_before_it_grows) {
    BOOST_TEST(problem_of("- &a {question: x, sql: y}\n- *a\n").find("line 2: aliases") == 0u);
    BOOST_TEST(problem_of("a: &a [x,x]\nb: &b [*a,*a]\n").find("aliases") != std::string::npos);
    BOOST_TEST(problem_of(std::string(100'000, '[')).find("nested more than 8 deep") != std::string::npos);
    BOOST_TEST(problem_of(std::string(100'000, '{')).find("line 1") == 0u);
    std::string deep;
    for (int i = 0; i < 2000; ++i)
        deep += std::string(std::size_t(i), ' ') + "a:\n";
    BOOST_TEST(problem_of(deep).find("nested") != std::string::npos);
    BOOST_TEST(problem_of(std::string((4 << 20) + 1, ' ')).find("bytes; at most") != std::string::npos);
    std::string many = "[";
    for (int i = 0; i < 250'000; ++i)
        many += "x,";
    BOOST_TEST(problem_of(many + "]").find("more than 200000 marks") != std::string::npos);
    std::string values;
    for (int i = 0; i < 67'000; ++i)
        values += "- [x,x]\n";
    BOOST_TEST(problem_of(values).find("more than 200000 values") != std::string::npos);
    BOOST_TEST(problem_of("question: x\nsql: y\n").find("expected a list") != std::string::npos);
    BOOST_TEST(problem_of("- {question: x, sql: y}\n---\n- {question: z, sql: y}\n").find("more than one") !=
               std::string::npos);
    BOOST_TEST(problem_of("- question: \"a\n").find("line ") == 0u);
    BOOST_TEST(problem_of("- question: \"\\x00\"\n  sql: y\n").find("zero bytes") != std::string::npos);
    BOOST_TEST(problem_of("- question: \"\xff\xfe\"\n  sql: y\n").find("line ") == 0u);
    BOOST_TEST(
        problem_of("- {question: xxx, sql: y}\n", {.most_question_chars = 2}).find("MAX_QUESTION_CHARS") !=
        std::string::npos);
    BOOST_TEST(problem_of("- {question: x, sql: yyy}\n", {.most_sql_bytes = 2}).find("MAX_SQL_BYTES") !=
               std::string::npos);
    BOOST_TEST(
        problem_of("- {question: x, sql: y}\n- {question: z, sql: y}\n", {.most_pairs = 1}).find("2 pairs") !=
        std::string::npos);
    BOOST_TEST(ask::read_pairs("", {}).problems.empty());
    BOOST_TEST(ask::read_pairs("# nothing\n", {}).pairs.empty());
}

// A sanitizer keeps it for a while, as if all files were there at once.
void forget_what_was_freed() {
    if (__sanitizer_purge_allocator) __sanitizer_purge_allocator();
}

BOOST_AUTO_TEST_CASE(a_file_that_is_taken_in_whole_costs_little_before_it_is_refused) {
    auto const most_memory = [] {
        rusage used{};
        getrusage(RUSAGE_SELF, &used);
        return used.ru_maxrss;  // KiB
    };
    auto const before = most_memory();
    for (std::string_view piece :
         {"[", "{", "[{", "\"\" ", "&a ", "!a ", "a: ", "[\"\n- \", ", "[a,\n", "? "}) {
        std::string file = "- question: x\n  sql: [";
        if (piece.front() == '"' || piece.front() == '&') file.pop_back();
        while (file.size() + piece.size() < 4 << 20)
            file += piece;
        BOOST_TEST(problem_of(file).find("line ") == 0u, piece);
        forget_what_was_freed();
    }
    std::string wide = "[";
    while (wide.size() < (4 << 20) - 8)
        wide += "a,";
    BOOST_TEST(problem_of(wide + "]").find("more than 200000 marks") != std::string::npos);
    problem_of(std::string(199'000, '['));
    problem_of(std::string(199'000, '{'));
    auto const grown = most_memory() - before;
    BOOST_TEST_MESSAGE("grown by " << grown << " KiB");
    BOOST_TEST(grown < 128 << 10);
}

BOOST_AUTO_TEST_CASE(brackets_and_quotes_of_long_statements_are_no_reason_to_refuse_them) {
    std::vector<ask::example> many;
    for (int i = 0; i < 500; ++i)
        many.push_back(pair("[" + std::to_string(i), "SELECT '[', '{', ']'\n" + std::string(200, ',')));
    comes_back(many);
    comes_back({pair("q", std::string(90'000, '\''))});
}

BOOST_AUTO_TEST_CASE(what_is_told_of_a_bad_file_is_bounded) {
    std::string bad;
    for (int i = 0; i < 1500; ++i)
        bad += "- question: x" + std::to_string(i) + "\n";
    auto const read = ask::read_pairs(bad, {});
    BOOST_REQUIRE(read.problems.size() == 101u);
    BOOST_TEST(read.problems.back().message.find("more problems") != std::string::npos);
    std::string doubled = "- question: x\n  sql: y\n";
    for (int i = 0; i < 1500; ++i)
        doubled += "  sql: y\n";
    BOOST_TEST(ask::read_pairs(doubled, {}).problems.size() == 101u);
    auto const key = problem_of("- question: x\n  sql: y\n  " + std::string(99, 'k') + "öö: z\n");
    BOOST_TEST(sql::is_utf8(key), key);
    auto const twice = "  ? " + std::string(5000, 'k') + "\n  : z\n";
    BOOST_TEST(problem_of("- question: x\n  sql: y\n" + twice + twice).size() < 300u);
}

BOOST_AUTO_TEST_CASE(an_ontology_is_read_by_the_same_rules) {
    auto const good = ask::read_ontology(
        "- term_name: turnover\n  description: what comes in\n  synonyms: [sales, 'net sales']\n"
        "  owner: ~\n");
    BOOST_REQUIRE(good.problems.size() == 1u);
    BOOST_TEST(good.problems.front() == "line 4: owner: expected a text");
    auto const bad = ask::read_ontology(
        "- term_name: a\n- {term_name: b, description: c, colour: red}\n- {term_name: b, description: d}\n");
    BOOST_REQUIRE(bad.problems.size() == 3u);
    BOOST_TEST(bad.problems[0] == "line 1: description: is missing");
    BOOST_TEST(bad.problems[1] == "line 2: colour: unknown key");
    BOOST_TEST(bad.problems[2] == "line 3: term_name: 'b' is defined on line 2 already");
    BOOST_TEST(ask::read_ontology("- *x\n").problems.size() == 1u);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vanna
