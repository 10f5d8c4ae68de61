#include "db/sqlite/bounded_functions.hpp"

#include <sqlite3.h>

#include <boost/test/unit_test.hpp>
#include <memory>
#include <random>

#include "db/sqlite/quote.hpp"
#include "db/sqlite/rows.hpp"

namespace vanna::sqlite {
namespace {

struct closer {
    void operator()(sqlite3* db) const { sqlite3_close(db); }
};
using database = std::unique_ptr<sqlite3, closer>;

database plain() {
    sqlite3* db = nullptr;
    sqlite3_open(":memory:", &db);
    return database(db);
}
database bounded(interruption& watch) {
    auto db = plain();
    add_bounded_functions(db.get(), watch);
    return db;
}

// Type and bytes of what an expression gives, or its error.
std::string value_of(sqlite3* db, std::string const& expression) {
    auto const row = prepare_own(db, "SELECT " + expression);
    if (!row || sqlite3_step(row.get()) != SQLITE_ROW) return std::string("error: ") + sqlite3_errmsg(db);
    return std::to_string(sqlite3_column_type(row.get(), 0)) + ":" + column_text(row.get(), 0);
}

struct expressions {
    std::mt19937 random{20240229};

    std::size_t below(std::size_t n) { return random() % n; }
    // Few letters, so that things match; wildcards, several bytes a character, and bytes that are no
    // character.
    std::string value() {
        switch (below(12)) {
            case 0:
                return "NULL";
            case 1:
                return std::to_string(int(below(300)) - 100);
            case 2:
                return "1.5";
            case 3:
                return "x'" + bytes() + "'";
            case 4:
                return "CAST(x'" + bytes() + "' AS TEXT)";
            default:
                return quote_text(text());
        }
    }
    std::string text() {
        static char const* const pieces[] = {"a", "b", "A", "%", "_", "é", "É", "東", "\\",
                                             "*", "?", "[", "]", "^", "-", "'", "ab", ""};
        std::string out;
        for (auto n = below(9); n > 0; --n)
            out += pieces[below(std::size(pieces))];
        return out;
    }
    std::string bytes() {
        static char const* const pieces[] = {"61", "62", "80", "C3", "A9", "E6",
                                             "9D", "B1", "FF", "25", "5F", "00"};
        std::string out;
        for (auto n = below(6); n > 0; --n)
            out += pieces[below(std::size(pieces))];
        return out;
    }
    std::string format() {
        static char const* const pieces[] = {"%d",    "%5d", "%-5d|", "%05.1f", "%,d", "%s", "%.2s", "%*d",
                                             "%.*f",  "%c",  "%.3c",  "%q",     "%Q",  "%w", "%x",   "%%",
                                             "%!.3s", "%+d", "%lld",  "%e",     "%g",  "%",  "%y",   "a é"};
        std::string out;
        for (auto n = below(5); n > 0; --n)
            out += pieces[below(std::size(pieces))];
        return quote_text(out);
    }
    std::string next() {
        static char const* const two[] = {"like", "glob", "instr", "trim", "ltrim", "rtrim"};
        switch (below(10)) {
            case 0:
                return "like(" + value() + "," + value() + "," + value() + ")";
            case 1:
                return value() + " LIKE " + value() + " ESCAPE " +
                       quote_text(std::string(1, "\\%_a"[below(4)]));
            case 2:
            case 3:
                return "replace(" + value() + "," + value() + "," + value() + ")";
            case 4:
            case 5: {
                auto out = "printf(" + format();
                for (auto n = below(4); n > 0; --n)
                    out += "," + value();
                return out + ")";
            }
            default:
                return std::string(two[below(std::size(two))]) + "(" + value() + "," + value() + ")";
        }
    }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(bounded_functions)

BOOST_AUTO_TEST_CASE(the_results_are_those_of_sqlites_own_functions) {
    interruption never;
    auto const theirs = plain(), ours = bounded(never);
    expressions make;
    for (int i = 0; i < 60'000; ++i) {
        auto const expression = make.next();
        auto const wanted = value_of(theirs.get(), expression), got = value_of(ours.get(), expression);
        BOOST_REQUIRE_MESSAGE(got == wanted, expression << " gave " << got << ", not " << wanted);
    }
}

BOOST_AUTO_TEST_CASE(edges_that_chance_rarely_meets_agree_as_well) {
    interruption never;
    auto const theirs = plain(), ours = bounded(never);
    auto const long_text = "replace(hex(zeroblob(300)), '0', 'ab')";
    // Across and beside the places where a search pauses.
    auto const far = "(hex(zeroblob(32765)) || 'needle' || hex(zeroblob(32768)) || 'needle')";
    for (std::string const& expression :
         {std::string("instr('', '')"),
          std::string("instr('a', '')"),
          std::string("instr(x'', x'')"),
          std::string("instr('aéb', 'b')"),
          std::string("instr(x'C3A962', x'62')"),
          std::string("replace('aaa', 'aa', 'b')"),
          std::string("replace('', 'a', 'b')"),
          std::string("replace(15, 5, 6)"),
          std::string("trim('', 'a')"),
          std::string("trim('aba', '')"),
          std::string("like('a', 'a', 'bc')"),
          std::string("like('a', 'a', '')"),
          std::string("like('a\\', 'a\\', '\\')"),
          std::string("'50%' LIKE '50%%' ESCAPE '%'"),
          std::string("printf()"),
          std::string("printf(NULL)"),
          std::string("format('')"),
          std::string("printf('%d %s', 1)"),
          "instr(" + std::string(long_text) + " || 'x' || " + long_text + ", 'x' || " + long_text + ")",
          "instr(" + std::string(far) + ", 'needle')",
          "instr(" + std::string(far) + ", 'needles')",
          "replace(" + std::string(far) + ", 'needle', 'x')",
          "length(replace(" + std::string(long_text) + ", substr(" + long_text + ", 1, 300), 'z'))"})
        BOOST_TEST(value_of(ours.get(), expression) == value_of(theirs.get(), expression), expression);
}

BOOST_AUTO_TEST_CASE(each_of_them_stops_when_the_watch_says_so) {
    interruption watch;
    auto const db = bounded(watch);
    // SQLite's patterns go from character to character with strcspn, which AddressSanitizer follows to the
    // end.
    std::string const text = "hex(zeroblob(1500000))", short_text = "hex(zeroblob(60000))";
    for (auto const& call :
         {"like('%'||hex(zeroblob(10))||'1', " + short_text + ")",
          "glob('*'||hex(zeroblob(10))||'1', " + short_text + ")",
          "instr(" + text + ", hex(zeroblob(100))||'1')", "instr(" + text + ", hex(zeroblob(200))||'1')",
          "replace(" + text + ", '00000', '1')", "trim(" + text + ", '0')", "ltrim(" + text + ", '0')",
          "rtrim(" + text + ", '0')", "printf('%s', " + text + ")"}) {
        sql::stop_flag stop;
        stop.request(sql::stop_reason::requested);
        watch.arm(deadline::max(), &stop);
        BOOST_TEST(value_of(db.get(), call) == "error: interrupted", call);
        BOOST_TEST(watch.cause().has_value());
        watch.disarm();
        BOOST_TEST(!value_of(db.get(), call).starts_with("error"), call);
    }
}

BOOST_AUTO_TEST_CASE(an_index_on_an_expression_that_uses_one_of_them_still_works) {
    interruption never;
    auto const db = bounded(never);
    sqlite3_db_config(db.get(), SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
    BOOST_TEST(
        sqlite3_exec(db.get(),
                     "CREATE TABLE t (a, b AS (replace(a, 'x', 'y'))); CREATE INDEX i ON t (trim(a, 'x')); "
                     "INSERT INTO t VALUES ('xax'); CREATE VIEW v AS SELECT printf('%s', b) AS p FROM t",
                     nullptr, nullptr, nullptr) == SQLITE_OK);
    BOOST_TEST(value_of(db.get(), "(SELECT p FROM v)") == "3:yay");
    BOOST_TEST(value_of(db.get(), "(SELECT count(*) FROM t WHERE trim(a, 'x') = 'a')") == "1:1");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(quoting)

BOOST_AUTO_TEST_CASE(any_text_survives_as_a_literal_and_as_a_name) {
    auto const db = plain();
    std::mt19937 random(5);
    for (int i = 0; i < 20'000; ++i) {
        std::string text(1 + random() % 12, ' ');
        for (auto& c : text)
            c = i % 3 ? "'\"`[];-/*\\ a%"[random() % 13] : char(1 + random() % 255);
        BOOST_REQUIRE_EQUAL(value_of(db.get(), quote_text(text)), "3:" + text);
        auto const row = prepare_own(db.get(), "SELECT 1 AS " + quote_name(text));
        BOOST_REQUIRE_MESSAGE(row, text);
        BOOST_REQUIRE_EQUAL(sqlite3_column_name(row.get(), 0), text);
    }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vanna::sqlite
