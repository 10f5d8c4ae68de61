#include "core/sql/schema.hpp"

#include "db/sqlite/quote.hpp"
#include "tests/unit/db/sqlite/open_target.hpp"

namespace vanna {

using test::open_target;
using test::sqlite_file;

namespace {

std::shared_ptr<sql::schema const> schema_of(open_target& at,
                                             deadline limit = after(std::chrono::seconds(5))) {
    at.run([&]() -> awaitable<void> {
        auto const loaded = co_await at.target->load_schema(limit);
        BOOST_REQUIRE_MESSAGE(loaded, loaded.error().message + ": " + loaded.error().detail);
    });
    return at.target->schema();
}

std::shared_ptr<sql::schema const> schema_of(std::string const& script) {
    sqlite_file const file(script);
    open_target at(file.path());
    return schema_of(at);
}

sql::table const& table(sql::schema const& in, std::string_view name) {
    for (auto const& t : in.tables)
        if (t.name == name) return t;
    BOOST_FAIL("no table " << name);
    return in.tables.front();
}

std::vector<std::string> names(sql::schema const& in) {
    std::vector<std::string> out;
    for (auto const& t : in.tables)
        out.push_back(t.name);
    return out;
}

std::string columns(sql::table const& t) {
    std::string out;
    for (auto const& c : t.columns)
        out += c.name + " " + c.type + (c.not_null ? " not null" : "") + (c.generated ? " generated" : "") +
               (c.primary_key ? " pk" + std::to_string(c.primary_key) : "") + "; ";
    return out;
}

using list = std::vector<std::string>;

}  // namespace

BOOST_AUTO_TEST_SUITE(sqlite_schema)

BOOST_AUTO_TEST_CASE(tables_columns_keys_indexes_counts_and_ddl_are_read) {
    auto const read = schema_of(R"sql(
        CREATE TABLE customers (id INTEGER PRIMARY KEY, email TEXT NOT NULL UNIQUE, country TEXT);
        CREATE TABLE lines (order_id INT, line INT, customer INT REFERENCES customers, price NUMERIC(10, 2),
            PRIMARY KEY (line, order_id), FOREIGN KEY (customer) REFERENCES customers (id));
        CREATE INDEX by_country ON customers (country);
        CREATE VIEW emails AS SELECT id AS who, email FROM customers;
        INSERT INTO customers VALUES (1, 'a@b', 'DE'), (2, 'c@d', 'FR'), (3, 'e@f', 'DE');
    )sql");
    BOOST_TEST(names(*read) == (list{"customers", "emails", "lines"}), boost::test_tools::per_element());
    auto const& customers = table(*read, "customers");
    BOOST_TEST(columns(customers) == "id INTEGER pk1; email TEXT not null; country TEXT; ");
    BOOST_TEST(customers.row_count.value() == 3u);
    BOOST_TEST(customers.indexes == (list{"CREATE INDEX by_country ON customers (country)"}),
               boost::test_tools::per_element());
    BOOST_TEST(customers.ddl.starts_with("CREATE TABLE customers"));
    BOOST_TEST(customers.columns[2].values == (list{"DE", "FR"}), boost::test_tools::per_element());
    BOOST_TEST(customers.columns[2].values_complete);
    auto const& lines = table(*read, "lines");
    BOOST_TEST(columns(lines) == "order_id INT pk2; line INT pk1; customer INT; price NUMERIC(10, 2); ");
    BOOST_REQUIRE_EQUAL(lines.foreign_keys.size(), 2u);
    for (auto const& key : lines.foreign_keys) {
        BOOST_TEST(key.table == "customers");
        BOOST_TEST(key.columns == (list{"customer"}), boost::test_tools::per_element());
        BOOST_TEST(key.references == (list{"id"}), boost::test_tools::per_element());
    }
    auto const& view = table(*read, "emails");
    BOOST_TEST(view.is_view);
    BOOST_TEST(columns(view) == "who INTEGER; email TEXT; ");
    BOOST_TEST(!view.row_count);
    BOOST_TEST(read->version == "v1");
}

BOOST_AUTO_TEST_CASE(any_name_a_file_may_hold_is_read_and_can_be_queried) {
    list const odd{"order",   "two words", "quote\"d",     "it's",        "[brackets]",
                   "`ticks`", "東京 🙂",   "semi;colon--", "%",           "a.b",
                   "SELECT",  " ",         "tab\there",    "pragma_notes"};
    std::string script;
    for (auto const& name : odd) {
        auto const quoted = sqlite::quote_name(name);
        script +=
            "CREATE TABLE " + quoted + " (" + quoted + " TEXT, \"group\" INT, PRIMARY KEY (" + quoted + "));";
        script += "INSERT INTO " + quoted + " VALUES (" + sqlite::quote_text(name) + ", 1);";
    }
    sqlite_file const file(script);
    open_target at(file.path());
    auto const read = schema_of(at);
    BOOST_REQUIRE_EQUAL(read->tables.size(), odd.size());
    for (auto const& name : odd) {
        auto const& t = table(*read, name);
        BOOST_TEST(t.problem == "", name);
        BOOST_TEST(t.row_count.value() == 1u);
        BOOST_TEST(t.columns.at(0).name == name);
        BOOST_TEST(t.columns.at(0).values == (list{name}), boost::test_tools::per_element());
        auto const got = at.query("SELECT " + sqlite::quote_name(name) + " = " + sqlite::quote_text(name) +
                                  " FROM " + sqlite::quote_name(name));
        BOOST_TEST(got.rows() == "[1]", name);
    }
}

BOOST_AUTO_TEST_CASE(strict_keyless_rowidless_and_generated_tables_are_read) {
    auto const read = schema_of(R"sql(
        CREATE TABLE s (a INT, b ANY) STRICT;
        CREATE TABLE w (k TEXT PRIMARY KEY, v) WITHOUT ROWID;
        CREATE TABLE g (a INT, twice INT GENERATED ALWAYS AS (a * 2) VIRTUAL, kept TEXT AS (a || 'x') STORED);
        CREATE TABLE bare (x, y);
        INSERT INTO g (a) VALUES (1);
        INSERT INTO w VALUES ('k', 'v');
    )sql");
    BOOST_TEST(columns(table(*read, "s")) == "a INT; b ANY; ");
    BOOST_TEST(columns(table(*read, "w")) == "k TEXT not null pk1; v ; ");
    BOOST_TEST(columns(table(*read, "g")) == "a INT; twice INT generated; kept TEXT generated; ");
    BOOST_TEST(columns(table(*read, "bare")) == "x ; y ; ");
    BOOST_TEST(table(*read, "g").columns[2].values == (list{"1x"}), boost::test_tools::per_element());
    BOOST_TEST(table(*read, "w").columns[1].values == (list{"v"}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_view_that_fails_says_why_and_hides_nothing_else) {
    auto const read = schema_of(R"sql(
        CREATE TABLE t (a); CREATE TABLE gone (b);
        CREATE VIEW broken AS SELECT b FROM gone;
        CREATE VIEW unsafe AS SELECT load_extension('x') AS y;
        CREATE VIEW circle AS SELECT * FROM t;
        CREATE VIEW fine AS SELECT a FROM t;
        DROP TABLE gone;
    )sql");
    BOOST_TEST(table(*read, "broken").problem == "no such table: main.gone");
    BOOST_TEST(table(*read, "broken").columns.empty());
    BOOST_TEST(table(*read, "unsafe").problem != "");
    BOOST_TEST(columns(table(*read, "fine")) == "a ; ");
    BOOST_TEST(table(*read, "t").row_count.value() == 0u);
}

BOOST_AUTO_TEST_CASE(full_text_and_rtree_tables_are_read_without_their_shadows_and_can_be_searched) {
    sqlite_file const file(R"sql(
        CREATE VIRTUAL TABLE notes USING fts5(title, body);
        CREATE VIRTUAL TABLE old_notes USING fts4(body);
        CREATE VIRTUAL TABLE boxes USING rtree(id, x0, x1);
        INSERT INTO notes VALUES ('first', 'the quick brown fox'), ('second', 'a lazy dog');
        INSERT INTO old_notes VALUES ('the quick brown fox');
        INSERT INTO boxes VALUES (1, 0, 10), (2, 20, 30);
    )sql");
    open_target at(file.path());
    auto const read = schema_of(at);
    BOOST_TEST(names(*read) == (list{"boxes", "notes", "old_notes"}), boost::test_tools::per_element());
    BOOST_TEST(table(*read, "notes").row_count.value() == 2u);
    for (int round = 0; round < 2; ++round) {
        BOOST_TEST(at.query("SELECT title, highlight(notes, 1, '<', '>') FROM notes WHERE notes MATCH 'fox' "
                            "ORDER BY rank")
                       .rows() == R"(["first","the quick brown <fox>"])");
        BOOST_TEST(
            at.query("SELECT round(bm25(notes)) < 0, snippet(notes, 1, '', '', '…', 2) FROM notes('lazy')")
                .code() == "ok");
        BOOST_TEST(
            at.query("SELECT snippet(old_notes), offsets(old_notes) FROM old_notes WHERE body MATCH 'quick'")
                .code() == "ok");
        BOOST_TEST(at.query("SELECT id FROM boxes WHERE x0 >= 15").rows() == "[2]");
    }
}

BOOST_AUTO_TEST_CASE(values_stop_at_two_hundred_and_at_a_hundred_bytes) {
    auto const read = schema_of(R"sql(
        CREATE TABLE t (exactly TEXT, over TEXT, longest TEXT, too_long TEXT, amount INT, mixed TEXT);
        WITH RECURSIVE c(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM c WHERE i < 999)
            INSERT INTO t SELECT 'v' || (i % 200), 'v' || (i % 201), printf('%.100c', 'x'), printf('%.101c', 'x'), i,
                CASE i WHEN 5 THEN CAST(x'ff41' AS TEXT) WHEN 6 THEN NULL ELSE 'ok' END FROM c;
    )sql");
    auto const& t = table(*read, "t");
    BOOST_TEST(t.columns[0].values.size() == 200u);
    BOOST_TEST(t.columns[0].values_complete);
    BOOST_TEST(t.columns[1].values.empty());
    BOOST_TEST(t.columns[2].values.size() == 1u);
    BOOST_TEST(t.columns[3].values.empty());
    BOOST_TEST(t.columns[4].values.empty());
    BOOST_TEST(t.columns[5].values == (list{"ok"}), boost::test_tools::per_element());
    BOOST_TEST(!t.columns[5].values_complete);
}

BOOST_AUTO_TEST_CASE(past_the_limit_the_structure_is_there_and_counts_are_unknown) {
    sqlite_file const file(R"sql(
        CREATE TABLE n (t TEXT);
        WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < 20000) INSERT INTO n SELECT 'x' FROM c;
    )sql");
    open_target at(file.path());
    auto const read = schema_of(at, deadline{});
    BOOST_TEST(columns(table(*read, "n")) == "t TEXT; ");
    BOOST_TEST(!table(*read, "n").columns[0].values_complete);
    BOOST_TEST(at.query("SELECT count(*) FROM n").rows() == "[20000]");
}

BOOST_AUTO_TEST_CASE(a_utf16_file_reads_like_any_other) {
    sqlite_file const file(
        "PRAGMA encoding='UTF-16le'; CREATE TABLE \"tä\" (ö TEXT); INSERT INTO \"tä\" VALUES ('grün 🙂')");
    open_target at(file.path());
    BOOST_TEST(table(*schema_of(at), "tä").columns[0].values.at(0) == "grün 🙂");
    BOOST_TEST(
        at.query("SELECT ö, instr(ö, 'ü'), replace(ö, 'ü', 'ue') FROM tä WHERE ö LIKE '%Ü%' OR ö LIKE 'gr%'")
            .rows() == R"(["grün 🙂",3,"gruen 🙂"])");
}

BOOST_AUTO_TEST_CASE(an_empty_database_has_no_tables) {
    BOOST_TEST(schema_of("CREATE TABLE t (a); DROP TABLE t")->tables.empty());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vanna
