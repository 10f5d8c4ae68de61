#include <set>

#include "tests/unit/db/sqlite/bypass_corpus.hpp"
#include "tests/unit/db/sqlite/open_target.hpp"

namespace vanna {

using sqlite::layer;
using test::bypass;
using test::open_target;
using test::sqlite_file;

namespace {

constexpr std::pair<layer, char const*> layers[] = {{layer::text_check, "text check"},
                                                    {layer::read_only_file, "read-only file"},
                                                    {layer::query_only, "query_only"},
                                                    {layer::defensive, "defensive"},
                                                    {layer::untrusted_schema, "untrusted schema"},
                                                    {layer::statement_check, "statement check"},
                                                    {layer::authorizer, "authorizer"},
                                                    {layer::engine_limits, "engine limits"},
                                                    {layer::heap_limit, "heap limit"},
                                                    {layer::interruption, "interruption"}};

std::string shown(std::string const& sql) {
    return sql.substr(0, 100);
}

test::asked attempt(open_target& at, std::string const& sql,
                    std::chrono::milliseconds limit = std::chrono::milliseconds(100)) {
    sql::open_options how;
    how.until = after(limit);
    return at.ask({sql, {}, {}}, how);
}

std::string answer_of(test::asked const& got) {
    return got.code() + (got.failure.rule.empty() ? "" : " " + got.failure.rule);
}

std::set<std::string> folder_of(sqlite_file const& file) {
    std::set<std::string> out;
    for (auto const& entry : std::filesystem::directory_iterator(file.folder()))
        out.insert(entry.path().filename());
    return out;
}

// With little memory, so that using it up takes little time.
struct guarded_target : open_target {
    explicit guarded_target(sqlite_file const& file, unsigned without = 0)
        : open_target(sqlite::target_options{.path = file.path(),
                                             .guard = {.without = without, .heap_bytes = 96u << 20}}) {}
    ~guarded_target() {
        target->close("");
        sqlite3_hard_heap_limit64(0);
        sqlite3_soft_heap_limit64(0);
    }
};

// The file may be written by a layer's absence only if no other layer holds: none may be.
struct unharmed {
    explicit unharmed(sqlite_file const& f) : file(f), bytes(f.bytes()), names(folder_of(f)) {}
    void check() const {
        BOOST_TEST(bool(file.bytes() == bytes), "the file was changed");
        BOOST_TEST(folder_of(file) == names, boost::test_tools::per_element());
    }
    sqlite_file const& file;
    std::string bytes;
    std::set<std::string> names;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(sqlite_bypasses)

BOOST_AUTO_TEST_CASE(every_bypass_is_answered_with_its_code_and_rule) {
    sqlite_file const file(test::corpus_schema);
    unharmed const before(file);
    guarded_target at(file);
    for (auto const& attack : test::bypass_corpus(file.folder().string())) {
        auto const begun = std::chrono::steady_clock::now();
        auto const got = attempt(at, attack.sql);
        BOOST_TEST(answer_of(got) == attack.answer,
                   shown(attack.sql) << ": " << answer_of(got) << " " << got.failure.message);
        if (got.code() == "query-refused") BOOST_TEST(got.failure.position.has_value(), shown(attack.sql));
        BOOST_TEST((std::chrono::steady_clock::now() - begun < std::chrono::seconds(10)), shown(attack.sql));
    }
    BOOST_TEST(at.query("SELECT count(*) FROM t").rows() == "[10]");
    before.check();
}

BOOST_AUTO_TEST_CASE(with_any_one_layer_taken_away_the_others_still_refuse) {
    for (auto const& [taken, name] : layers) {
        sqlite_file const file(test::corpus_schema);
        unharmed const before(file);
        guarded_target at(file, unsigned(taken));
        for (auto const& attack : test::bypass_corpus(file.folder().string())) {
            if (attack.own & unsigned(taken)) continue;
            auto const got = attempt(at, attack.sql);
            BOOST_TEST((got.code() == "query-refused" || got.code() == "query-invalid" ||
                        got.code() == "query-too-large" || got.code() == "deadline-exceeded"),
                       "without " << name << ": " << shown(attack.sql) << ": " << answer_of(got) << " "
                                  << got.failure.detail);
        }
        BOOST_TEST(at.query("SELECT count(*) FROM t").rows() == "[10]", "without " << name);
        before.check();
    }
}

BOOST_AUTO_TEST_CASE(what_one_layer_alone_stands_against_runs_without_it_and_harms_nothing) {
    for (auto const& [taken, name] : layers) {
        if (taken == layer::interruption) continue;  // those never end
        sqlite_file const file(test::corpus_schema);
        unharmed const before(file);
        guarded_target at(file, unsigned(taken));
        for (auto const& attack : test::bypass_corpus(file.folder().string()))
            if (attack.own & unsigned(taken))
                BOOST_TEST(attempt(at, attack.sql, std::chrono::seconds(10)).code() == "ok",
                           "without " << name << ": " << shown(attack.sql));
        before.check();
    }
}

// By its memory; without that limit, by its deadline: a text like this has no other end.
BOOST_AUTO_TEST_CASE(a_text_that_multiplies_while_it_is_prepared_is_too_large) {
    sqlite_file const file(test::corpus_schema);
    {
        guarded_target at(file);
        for (int levels : {22, 40})
            BOOST_TEST(answer_of(attempt(at, test::doubling(levels), std::chrono::seconds(30))) ==
                       "query-too-large");
        BOOST_TEST(answer_of(attempt(at, test::doubling(8))) == "ok");
    }
    guarded_target at(file, unsigned(layer::heap_limit));
    BOOST_TEST(answer_of(attempt(at, test::doubling(40))) == "deadline-exceeded");
}

BOOST_AUTO_TEST_CASE(honest_reads_pass_all_layers) {
    sqlite_file const file(test::corpus_schema);
    open_target at(file.path());
    for (auto const& sql : test::honest_corpus()) {
        auto const got = at.query(sql);
        BOOST_TEST(got.code() == "ok", shown(sql) << ": " << answer_of(got) << " " << got.failure.message);
    }
}

BOOST_AUTO_TEST_CASE(a_refusal_names_the_place_in_characters) {
    sqlite_file const file(test::corpus_schema);
    open_target at(file.path());
    auto const place = [&](std::string const& sql) { return at.query(sql).failure.position.value_or(999); };
    BOOST_TEST(place("SELECT 1; SELECT 2") == 10u);
    BOOST_TEST(place("SELECT 'é', load_extension('x')") == 12u);
    BOOST_TEST(place("SELECT * FROM t, \"sqlite_stmt\"") == 17u);
    BOOST_TEST(place("SELECT 1 + sqlite_log(1, 2)") == 11u);
    BOOST_TEST(place("  DELETE FROM t") == 2u);
    BOOST_TEST(place("PRAGMA query_only = 0") == 7u);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vanna
