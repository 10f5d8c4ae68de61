// Hostile texts in questions, values, names and synonyms, against SQLite's own parser and the guard.
#include <random>
#include <set>

#include "core/sql/lexer.hpp"
#include "db/sqlite/file_schema.hpp"
#include "tests/unit/core/ask/shop.hpp"
#include "tests/unit/db/sqlite/open_target.hpp"

namespace vanna {

using test::open_target;
using test::sqlite_file;

namespace {

constexpr char const* hostile_pieces[] = {"'",
                                          "''",
                                          "\"",
                                          "\\",
                                          "\\'",
                                          ";",
                                          "--",
                                          "/*",
                                          "*/",
                                          ")",
                                          "(",
                                          "%",
                                          "_",
                                          "`",
                                          "[",
                                          "]",
                                          "$$",
                                          "?1",
                                          ":x",
                                          "@",
                                          "\n",
                                          "\t",
                                          "\x01",
                                          " ",
                                          "\xe2\x80\x99",
                                          "\xe2\x80\x9c",
                                          "\xcc\x81",
                                          "OR 1=1",
                                          "UNION SELECT",
                                          "DROP TABLE people",
                                          "x",
                                          "Zoe",
                                          "NULL",
                                          "0"};

std::string hostile(std::mt19937& random) {
    std::string text;
    for (auto n = 1 + random() % 6; n > 0; --n)
        text += hostile_pieces[random() % std::size(hostile_pieces)];
    return text;
}

std::string in_quotes(std::string const& text, char mark) {
    std::string out(1, mark);
    for (char c : text)
        out += c == mark ? std::string(2, c) : std::string(1, c);
    return out + mark;
}

// The tokens of a statement without what its literals hold.
std::string structure(std::string const& text) {
    std::string out;
    sql::lexer words(text);
    for (auto t = words.next(); t.kind != sql::token_kind::end; t = words.next())
        out += (t.kind == sql::token_kind::text ? "''" : std::string(t.text)) + " ";
    return out;
}

std::string statement_for(ask::context const& what) {
    auto const by = ask::create_builtin_generator();
    return test::answer(*by, what).sql;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(generated_statement)

BOOST_AUTO_TEST_CASE(a_hostile_value_of_the_database_finds_its_own_rows_and_nothing_else) {
    std::mt19937 random(7);
    std::set<std::string> values;
    while (values.size() < 150)
        values.insert(hostile(random));
    std::string script = "CREATE TABLE people (id INTEGER PRIMARY KEY, name TEXT, age INTEGER);";
    for (auto const& v : values)
        script += "INSERT INTO people (name) VALUES (" + in_quotes(v, '\'') + ");";
    sqlite_file const file(script);
    open_target at(file.path());
    auto const schema = std::make_shared<sql::schema const>(sqlite::read_file_schema(file.path()).value());
    auto const expected = structure("SELECT id FROM people WHERE name = 'x'");
    int exact = 0;
    for (auto const& v : values) {
        auto const made =
            statement_for(test::asking("What is the id of the person named \"" + v + "\"?", schema));
        if (made.empty()) continue;
        auto const found = at.query(made);
        BOOST_TEST(found.code() == "ok", made);
        if (v.find_first_of("\"\\") == std::string::npos) BOOST_TEST(structure(made) == expected, made);
        exact += made == "SELECT id FROM people WHERE name = " + in_quotes(v, '\'');
    }
    BOOST_TEST(exact > 30);
}

BOOST_AUTO_TEST_CASE(a_hostile_text_of_a_question_never_leaves_its_literal) {
    sqlite_file const file(
        "CREATE TABLE people (id INTEGER PRIMARY KEY, name TEXT, town TEXT, age INTEGER);"
        "INSERT INTO people VALUES (1, 'Zoe', 'Ghent', 30);");
    open_target at(file.path());
    auto const schema = std::make_shared<sql::schema const>(sqlite::read_file_schema(file.path()).value());
    std::mt19937 random(11);
    int answered = 0;
    for (int round = 0; round < 2000; ++round) {
        auto const text = hostile(random);
        auto const around = round % 4;
        auto const question = around == 0   ? "names of people whose town is '" + text + "'"
                              : around == 1 ? "How many people have a name containing \"" + text + "\"?"
                              : around == 2 ? "age of the person called " + text
                                            : "Which people live in \xe2\x80\x98" + text + "\xe2\x80\x99?";
        auto const made = statement_for(test::asking(question, schema));
        if (made.empty()) continue;
        ++answered;
        BOOST_TEST(at.query(made).code() == "ok", question << " -> " << made);
        auto const shape = structure(made);
        BOOST_TEST(shape.starts_with("SELECT "), made);
        for (auto word : {"UNION", "DROP", ";", "--", "1 = 1"})
            BOOST_TEST(shape.find(word) == std::string::npos, made);
    }
    BOOST_TEST(answered > 300);
}

BOOST_AUTO_TEST_CASE(hostile_names_and_synonyms_are_quoted_names_or_nothing) {
    std::mt19937 random(13);
    for (int round = 0; round < 60; ++round) {
        auto const table = "people" + hostile(random), column = "age" + hostile(random);
        sqlite_file const file("CREATE TABLE " + in_quotes(table, '"') + " (id INTEGER PRIMARY KEY, " +
                               in_quotes(column, '"') + " INTEGER);");
        open_target at(file.path());
        auto what =
            test::asking("How many folk are there?",
                         std::make_shared<sql::schema const>(sqlite::read_file_schema(file.path()).value()));
        ask::term folk;
        folk.name = hostile(random);
        folk.synonyms = {"folk", hostile(random)};
        folk.data_source = table + "." + column;
        what.terms = std::make_shared<std::vector<ask::term> const>(std::vector{folk});
        for (auto question : {"How many folk are there?", "What is the average age of the people?", "folk"}) {
            what.question = question;
            auto const made = statement_for(what);
            if (!made.empty()) BOOST_TEST(at.query(made).code() == "ok", made);
        }
    }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vanna
