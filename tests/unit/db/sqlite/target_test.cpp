#include "db/sqlite/target.hpp"

#include "core/async/task_group.hpp"
#include "tests/unit/db/sqlite/open_target.hpp"

namespace vanna {

using test::open_target;
using test::sqlite_file;

namespace {

std::string const people = R"sql(
    CREATE TABLE people (id INTEGER PRIMARY KEY, name TEXT NOT NULL, height REAL, photo BLOB);
    INSERT INTO people VALUES (1, 'Ada', 1.7, x'00ff'), (2, 'Bo', 2, NULL), (9223372036854775807, 'Cy', 9e999, x'');
)sql";
std::string const thousand = R"sql(
    CREATE TABLE n (i INTEGER PRIMARY KEY, t TEXT);
    WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < 1000) INSERT INTO n SELECT i, 'row ' || i FROM c;
)sql";

std::vector<std::string> names(std::vector<sql::column> const& columns) {
    std::vector<std::string> out;
    for (auto const& c : columns)
        out.push_back(c.name + ":" + c.type);
    return out;
}

sql::open_options with(sql::limits limits, sql::row_format format = sql::row_format::json) {
    sql::open_options how;
    how.limits = limits;
    how.format = format;
    return how;
}

// Everything a cursor gives, joined.
std::string drain(open_target& at, sql::opened& from, std::size_t& slices, bool& truncated) {
    std::string all = from.first.bytes;
    truncated = from.first.truncated;
    slices = 1;
    at.run([&]() -> awaitable<void> {
        for (bool last = from.first.last; !last;) {
            auto piece = co_await from.rest->next();
            BOOST_REQUIRE(piece);
            all += piece->bytes;
            truncated = piece->truncated;
            last = piece->last;
            ++slices;
        }
    });
    return all;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(sqlite_target)

BOOST_AUTO_TEST_CASE(a_select_answers_columns_rows_and_version) {
    sqlite_file const file(people);
    open_target at(file.path());
    auto const got = at.query("SELECT *, height + 0 AS sum FROM people ORDER BY id");
    BOOST_REQUIRE_EQUAL(got.code(), "ok");
    BOOST_TEST(
        got.rows() ==
        R"([1,"Ada",1.7,"AP8=",1.7],[2,"Bo",2.0,null,2.0],["9223372036854775807","Cy","Infinity","","Infinity"])");
    auto const expected = {"id:INTEGER", "name:TEXT", "height:REAL", "photo:BLOB", "sum:REAL"};
    BOOST_TEST(names(got.answer->columns) == expected, boost::test_tools::per_element());
    BOOST_TEST(got.answer->first.rows == 3u);
    BOOST_TEST(got.answer->first.last);
    BOOST_TEST(!got.answer->first.truncated);
    BOOST_TEST(!got.answer->rest);
    BOOST_TEST(got.answer->target_version == "v1");
    BOOST_TEST(got.answer->cacheable);
    BOOST_TEST(at.target->status().ready);
}

BOOST_AUTO_TEST_CASE(an_empty_result_has_its_columns) {
    sqlite_file const file(people);
    open_target at(file.path());
    auto const got = at.query("SELECT id, name || '!' FROM people WHERE 0");
    BOOST_REQUIRE_EQUAL(got.code(), "ok");
    BOOST_TEST(got.rows() == "");
    BOOST_TEST(got.answer->columns.size() == 2u);
    BOOST_TEST(got.answer->first.rows == 0u);
}

BOOST_AUTO_TEST_CASE(the_same_statement_runs_again_and_again_with_other_parameters) {
    sqlite_file const file(people);
    open_target at(file.path());
    for (int round = 0; round < 3; ++round) {
        BOOST_TEST(at.ask({"SELECT name FROM people WHERE id = ?", {std::int64_t(2)}, {}}).rows() ==
                   R"(["Bo"])");
        BOOST_TEST(at.ask({"SELECT name FROM people WHERE id = ?", {std::int64_t(1)}, {}}).rows() ==
                   R"(["Ada"])");
    }
    BOOST_TEST(
        at.ask({"SELECT :a, @b, $c, :a", {}, {{"c", 1.5}, {"a", std::string("x")}, {"b", sql::value{}}}})
            .rows() == R"(["x",null,1.5,"x"])");
    BOOST_TEST(at.ask({"SELECT ?2, ?1", {std::string("one"), std::string("two")}, {}}).rows() ==
               R"(["two","one"])");
}

BOOST_AUTO_TEST_CASE(missing_surplus_and_mixed_parameters_are_named) {
    sqlite_file const file(people);
    open_target at(file.path());
    auto const message = [&](sql::statement what) {
        auto const got = at.ask(std::move(what));
        return got.code() + ": " + got.failure.message;
    };
    BOOST_TEST(message({"SELECT ?", {}, {}}) ==
               "query-invalid: the statement has 1 positional parameters; 0 values were given");
    BOOST_TEST(message({"SELECT ?", {1.0, 2.0}, {}}) ==
               "query-invalid: the statement has 1 positional parameters; 2 values were given");
    BOOST_TEST(message({"SELECT :a, :b", {}, {{"a", 1.0}}}) == "query-invalid: parameter \"b\" has no value");
    BOOST_TEST(message({"SELECT :a", {}, {{"a", 1.0}, {"z", 1.0}}}) ==
               "query-invalid: the statement has no parameter \"z\"");
    BOOST_TEST(message({"SELECT 1", {}, {{"z", 1.0}}}) ==
               "query-invalid: the statement has no parameter \"z\"");
    BOOST_TEST(message({"SELECT :a", {1.0}, {}}) ==
               "query-invalid: the statement has named parameters; values were given by position");
    BOOST_TEST(message({"SELECT :a, ?", {}, {{"a", 1.0}}}) ==
               "query-invalid: the statement mixes named and positional parameters; use one kind");
    BOOST_TEST(at.query("SELECT 1").code() == "ok");
}

BOOST_AUTO_TEST_CASE(the_row_cap_is_exact_and_flagged_only_when_rows_are_missing) {
    sqlite_file const file(thousand);
    open_target at(file.path());
    auto const cut = at.ask({"SELECT i FROM n", {}, {}}, with({.max_rows = 999}));
    BOOST_TEST(cut.answer->first.rows == 999u);
    BOOST_TEST(cut.answer->first.truncated);
    auto const exact = at.ask({"SELECT i FROM n", {}, {}}, with({.max_rows = 1000}));
    BOOST_TEST(exact.answer->first.rows == 1000u);
    BOOST_TEST(!exact.answer->first.truncated);
    auto const all = at.ask({"SELECT i FROM n", {}, {}}, with({.max_rows = 0, .max_bytes = 0}));
    BOOST_TEST(all.answer->first.rows == 1000u);
}

BOOST_AUTO_TEST_CASE(the_byte_cap_cuts_whole_rows) {
    sqlite_file const file(thousand);
    open_target at(file.path());
    auto const cut = at.ask({"SELECT t FROM n LIMIT 3", {}, {}}, with({.max_bytes = 21}));
    BOOST_TEST(cut.rows() == R"(["row 1"],["row 2"])");
    BOOST_TEST(cut.answer->first.truncated);
    auto const exact = at.ask({"SELECT t FROM n LIMIT 3", {}, {}}, with({.max_bytes = 29}));
    BOOST_TEST(exact.rows() == R"(["row 1"],["row 2"],["row 3"])");
    BOOST_TEST(!exact.answer->first.truncated);
}

BOOST_AUTO_TEST_CASE(a_first_row_larger_than_the_answer_may_be_is_an_error_and_a_later_one_is_cut_off) {
    sqlite_file const file(people);
    open_target at(file.path());
    auto const first = at.ask({"SELECT name FROM people", {}, {}}, with({.max_bytes = 5}));
    BOOST_TEST(first.code() == "query-too-large");
    BOOST_TEST(first.failure.message ==
               "row 1 alone is larger than the 5 bytes that it may have; select fewer or shorter columns");
    auto const later = at.ask({"VALUES ('x'), (hex(zeroblob(5000)))", {}, {}}, with({.max_bytes = 1000}));
    BOOST_TEST(later.rows() == R"(["x"])");
    BOOST_TEST(later.answer->first.truncated);
}

// The caps hold within a row: sixteen megabytes of characters that JSON writes in six each.
BOOST_AUTO_TEST_CASE(a_wide_row_takes_no_more_memory_than_the_cap_allows) {
    sqlite_file const file(people);
    open_target at(file.path());
    std::string const wide =
        "WITH x(t) AS MATERIALIZED (SELECT replace(hex(zeroblob(500000)), '0', char(1))) "
        "SELECT t,t,t,t,t,t,t,t,t,t,t,t,t,t,t,t FROM x";
    for (auto format : {sql::row_format::json, sql::row_format::ndjson, sql::row_format::csv}) {
        auto how = with({.max_bytes = 4u << 20}, format);
        BOOST_TEST(at.ask({wide, {}, {}}, how).code() == "query-too-large");
        how.limits.max_bytes = 0;
        how.whole = false;
        auto const exported =
            at.ask({wide + " UNION ALL " + wide.substr(wide.find("SELECT t,")), {}, {}}, how);
        BOOST_TEST(exported.code() == (format == sql::row_format::csv ? "ok" : "query-too-large"));
    }
    BOOST_TEST(at.query("SELECT 1").code() == "ok");
}

// Additions of long texts: no jump, no call, no allocation where anybody could look at the time.
BOOST_AUTO_TEST_CASE(a_statement_that_ends_too_late_without_having_been_interrupted_has_no_answer) {
    sqlite_file const file(people);
    open_target at(file.path());
    sql::open_options how;
    how.until = after(std::chrono::milliseconds(20));
    std::string sum = "WITH x(t) AS MATERIALIZED (SELECT hex(zeroblob(500000))) SELECT t";
    for (int i = 0; i < 100; ++i)
        sum += "+t";
    BOOST_TEST(at.ask({sum + " FROM x", {}, {}}, how).code() == "deadline-exceeded");
}

BOOST_AUTO_TEST_CASE(the_longer_a_statement_the_shorter_its_values_may_be) {
    sqlite_file const file(people);
    open_target at(file.path());
    std::string const x = "WITH x(t) AS MATERIALIZED (SELECT hex(zeroblob(1000000))) SELECT length(t)";
    std::string sum = x;
    for (int i = 0; i < 2000; ++i)
        sum += i % 100 == 0 ? ", t" : "+t";
    BOOST_TEST(at.query(x + " FROM x").rows() == "[2000000]");
    BOOST_TEST(at.query(sum + " FROM x").code() == "query-too-large");
    BOOST_TEST(at.query(x + " FROM x").rows() == "[2000000]");
}

// Rows to sort are in memory, and sorting them is one step that nothing can interrupt.
BOOST_AUTO_TEST_CASE(a_sort_of_more_than_one_statement_may_hold_is_too_large_and_leaves_nothing_behind) {
    sqlite_file const file(people);
    open_target at(sqlite::target_options{.path = file.path(), .guard = {.heap_bytes = 64u << 20}});
    std::string const sorted =
        "WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < 1000000) "
        "SELECT i, 'a text that is not short ' || i FROM c ORDER BY -i";
    auto const got = at.ask({sorted, {}, {}}, {.until = after(std::chrono::seconds(60))});
    BOOST_TEST(got.code() == "query-too-large");
    BOOST_TEST(got.failure.message == "the statement needs more memory than queries may use");
    BOOST_TEST(at.query("SELECT 1").rows() == "[1]");
    BOOST_TEST(sqlite3_memory_used() < sqlite3_int64(12u << 20));
    sqlite3_hard_heap_limit64(0);
    sqlite3_soft_heap_limit64(0);
}

BOOST_AUTO_TEST_CASE(a_statement_without_memory_because_others_have_it_is_told_to_come_back) {
    sqlite_file const file(thousand);
    open_target at(sqlite::target_options{.path = file.path(), .guard = {.heap_bytes = 64u << 20}});
    BOOST_TEST(at.query("SELECT 1").code() == "ok");
    std::unique_ptr<void, void (*)(void*)> const others(sqlite3_malloc64(60u << 20), sqlite3_free);
    auto const got = at.query("SELECT length(group_concat(hex(zeroblob(3000)))) FROM n");
    BOOST_TEST(got.code() == "overloaded");
    BOOST_TEST(got.failure.retry_after.has_value());
    sqlite3_hard_heap_limit64(0);
    sqlite3_soft_heap_limit64(0);
}

BOOST_AUTO_TEST_CASE(statements_are_kept_prepared_up_to_a_number_of_bytes) {
    sqlite_file const file(people);
    open_target at(file.path(), 0, 1);
    auto const longest = [](int n) {
        std::string sql = "SELECT " + std::to_string(n);
        for (int i = 0; i < 900; ++i)
            sql += ", sum(id = " + std::to_string(i) + ")";
        return sql + " FROM people";
    };
    for (int n = 0; n < 24; ++n)
        BOOST_TEST(at.query(longest(n)).code() == "ok");
    BOOST_TEST(sqlite3_memory_used() < sqlite3_int64(5u << 20));
}

BOOST_AUTO_TEST_CASE(a_thousand_named_parameters_are_bound_in_no_time) {
    sqlite_file const file(people);
    open_target at(file.path());
    sql::statement what{"SELECT 0", {}, {}};
    for (int i = 0; i < 1000; ++i) {
        auto const name = "parameter_" + std::to_string(i);
        what.text += "+:" + name;
        if (i % 100 == 99) what.text += ", 0";
        what.named.emplace_back(name, std::int64_t(1));
    }
    auto const begun = std::chrono::steady_clock::now();
    BOOST_TEST(at.ask(what).rows() == "[100,100,100,100,100,100,100,100,100,100,0]");
    BOOST_TEST((std::chrono::steady_clock::now() - begun < std::chrono::seconds(1)));
    what.text += ", :one_more";
    what.named.emplace_back("one_more", std::int64_t(1));
    BOOST_TEST(at.ask(what).code() == "query-too-large");
}

BOOST_AUTO_TEST_CASE(an_export_comes_in_slices_that_join_to_the_whole) {
    sqlite_file const file(thousand);
    open_target at(file.path());
    auto how = with({.max_rows = 50'000, .max_bytes = 0}, sql::row_format::csv);
    std::string const statement = "SELECT a.i, b.t FROM n a, n b";
    auto const whole = at.ask({statement, {}, {}}, how);
    how.whole = false;
    auto sliced = at.ask({statement, {}, {}}, how);
    BOOST_TEST(at.target->open_cursors() == 1u);
    std::size_t slices = 0;
    bool truncated = false;
    auto const joined = drain(at, *sliced.answer, slices, truncated);
    BOOST_TEST(slices > 2u);
    BOOST_TEST(truncated);
    BOOST_TEST(joined.size() == whole.rows().size());
    BOOST_TEST(bool(joined == whole.rows()));
    sliced.answer.reset();
    BOOST_TEST(at.target->open_cursors() == 0u);
}

BOOST_AUTO_TEST_CASE(cursors_are_bounded_in_number_and_a_dropped_one_makes_room) {
    sqlite_file const file(thousand);
    open_target at(sqlite::target_options{.path = file.path(), .max_cursors = 2});
    auto how = with({.max_rows = 0, .max_bytes = 0});
    how.whole = false;
    sql::statement const statement{"SELECT a.i, b.t FROM n a, n b", {}, {}};
    auto first = at.ask(statement, how);
    auto second = at.ask(statement, how);
    auto const third = at.ask(statement, how);
    BOOST_TEST(third.code() == "overloaded");
    BOOST_TEST(third.failure.retry_after.has_value());
    BOOST_TEST(at.query("SELECT 1").code() == "ok");
    first.answer.reset();
    BOOST_TEST(at.ask(statement, how).code() == "ok");
}

BOOST_AUTO_TEST_CASE(cursors_that_are_asked_for_at_once_are_bounded_too) {
    sqlite_file const file(thousand);
    open_target at(sqlite::target_options{.path = file.path(), .max_cursors = 2}, 1);
    auto how = with({.max_rows = 0, .max_bytes = 0});
    how.whole = false;
    how.until = after(std::chrono::seconds(5));
    std::vector<sql::opened> answers;
    at.run([&]() -> awaitable<void> {
        task_group asking(co_await asio::this_coro::executor);
        auto const ask = [&]() -> awaitable<void> {
            auto answer = co_await at.target->open({"SELECT a.i, b.t FROM n a, n b", {}, {}}, how);
            if (answer) answers.push_back(std::move(*answer));
        };
        for (int i = 0; i < 8; ++i)
            asking.spawn("ask", ask);
        co_await asking.wait();
    });
    BOOST_TEST(answers.size() == 2u);
    answers.clear();
    BOOST_TEST(at.target->open_cursors() == 0u);
}

BOOST_AUTO_TEST_CASE(a_deadline_stops_a_statement_that_would_run_for_ever) {
    sqlite_file const file(people);
    open_target at(file.path());
    sql::open_options how;
    how.until = after(std::chrono::milliseconds(50));
    auto const begun = std::chrono::steady_clock::now();
    auto const got = at.ask(
        {"WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c) SELECT count(*) FROM c", {}, {}},
        how);
    BOOST_TEST(got.code() == "deadline-exceeded");
    BOOST_TEST((std::chrono::steady_clock::now() - begun < std::chrono::seconds(2)));
    BOOST_TEST(at.query("SELECT 1").rows() == "[1]");
}

BOOST_AUTO_TEST_CASE(a_stop_flag_stops_a_running_statement) {
    sqlite_file const file(people);
    open_target at(file.path());
    sql::open_options how;
    how.until = after(std::chrono::seconds(30));
    how.stop = std::make_shared<sql::stop_flag>();
    std::thread stopper([&] {
        while (at.pool.started() < 2)
            std::this_thread::yield();
        how.stop->request(sql::stop_reason::client_gone);
    });
    auto const got = at.ask(
        {"WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c) SELECT count(*) FROM c", {}, {}},
        how);
    stopper.join();
    BOOST_TEST(got.code() == "cancelled");
    BOOST_TEST(got.failure.message == "the client went away");
}

// Four threads; one user asks for four endless exports and as many endless results.
BOOST_AUTO_TEST_CASE(one_user_cannot_keep_the_threads_from_another) {
    sqlite_file const file(people);
    open_target at(sqlite::target_options{.path = file.path()}, 4);
    auto const stop = std::make_shared<sql::stop_flag>();
    std::string const endless =
        "WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c) SELECT i FROM c WHERE i < 0 OR i = ";
    uuid const greedy = new_id(), other = new_id();
    at.run([&]() -> awaitable<void> {
        task_group group(co_await asio::this_coro::executor);
        for (int i = 0; i < 8; ++i)
            group.spawn("greedy", [&, i]() -> awaitable<void> {
                auto const got = co_await at.target->open(
                    {endless + std::to_string(-i), {}, {}},
                    {.until = deadline::max(), .whole = i >= 4, .stop = stop, .by = greedy});
                BOOST_TEST(bool(!got && got.error().code == errc::cancelled));
            });
        while (at.pool.running() < 2)
            co_await asio::post(asio::use_awaitable);
        for (int i = 0; i < 20; ++i) {
            sql::open_options how{.until = after(std::chrono::seconds(20)), .by = other};
            how.whole = i % 2;
            auto const got = co_await at.target->open({"SELECT 1", {}, {}}, how);
            BOOST_REQUIRE(got);
            BOOST_TEST(bool(co_await at.target->check("SELECT 1", how.until, other)));
        }
        while (at.pool.running() != 2)  // a thread is done a moment after it has answered
            co_await asio::post(asio::use_awaitable);
        auto const late = co_await at.target->open(
            {"SELECT 1", {}, {}}, {.until = after(std::chrono::milliseconds(30)), .by = greedy});
        BOOST_TEST(bool(!late && late.error().code == errc::overloaded), "answered in time while it waits");
        stop->request(sql::stop_reason::requested);
        co_await group.wait();
    });
}

BOOST_AUTO_TEST_CASE(results_that_depend_on_chance_or_the_clock_are_not_cacheable) {
    sqlite_file const file(
        "CREATE TABLE t (x); INSERT INTO t VALUES ('now'); CREATE VIEW v AS SELECT date() AS d;");
    open_target at(file.path());
    auto const cacheable = [&](sql::statement what) {
        auto const got = at.ask(std::move(what));
        BOOST_REQUIRE_EQUAL(got.code(), "ok");
        return got.answer->cacheable;
    };
    for (int round = 0; round < 2; ++round) {
        for (auto sql :
             {"SELECT random()", "SELECT hex(randomblob(4))", "SELECT date('now')", "SELECT date()",
              "SELECT time()", "SELECT strftime('%s')", "SELECT CURRENT_TIMESTAMP", "SELECT current_date",
              "SELECT julianday('now')", "SELECT unixepoch()", "SELECT date(x) FROM t", "SELECT d FROM v",
              "SELECT 1 FROM t WHERE date('2024-01-01') < date('now')", "SELECT 1 ORDER BY random()"})
            BOOST_TEST(!cacheable({sql, {}, {}}), sql);
        BOOST_TEST(!cacheable({"SELECT date(?)", {std::string("now")}, {}}));
        BOOST_TEST(cacheable({"SELECT date(?)", {std::string("2024-02-29")}, {}}));
        for (auto sql : {"SELECT 'now'", "SELECT date('2024-01-01', '+1 day')", "SELECT strftime('%Y', 0)"})
            BOOST_TEST(cacheable({sql, {}, {}}), sql);
    }
}

BOOST_AUTO_TEST_CASE(errors_carry_sqlites_words_and_a_position) {
    sqlite_file const file(people);
    open_target at(file.path());
    auto const place = [&](std::string sql) {
        auto const got = at.query(std::move(sql));
        BOOST_TEST(got.code() == "query-invalid");
        return got.failure.message + " @" +
               (got.failure.position ? std::to_string(*got.failure.position) : "?");
    };
    BOOST_TEST(place("SELECT nme FROM people") == "no such column: nme @7");
    BOOST_TEST(place("SELECT 'é', nme FROM people") == "no such column: nme @12");
    BOOST_TEST(place("SELECT * FROM persons") == "no such table: persons @14");
    BOOST_TEST(place("SELEC 1") == "near \"SELEC\": syntax error @0");
    BOOST_TEST(place("SELECT (") == "incomplete input @?");
    BOOST_TEST(place("SELECT nofunction(1)").starts_with("no such function: nofunction"));
    BOOST_TEST(place("SELECT abs(-9223372036854775807 - 1)").starts_with("integer overflow"));
}

BOOST_AUTO_TEST_CASE(check_prepares_and_tells_the_columns_without_running) {
    sqlite_file const file(people);
    open_target at(file.path());
    at.run([&]() -> awaitable<void> {
        auto const good =
            co_await at.target->check("SELECT name FROM people", after(std::chrono::seconds(1)), uuid{});
        BOOST_REQUIRE(good);
        BOOST_TEST(good->at(0).name == "name");
        auto const bad =
            co_await at.target->check("DELETE FROM people", after(std::chrono::seconds(1)), uuid{});
        BOOST_TEST(bad.error().rule == "read-only");
    });
}

BOOST_AUTO_TEST_CASE(a_missing_or_broken_file_is_unavailable_and_the_last_good_version_stays) {
    sqlite_file const file(people);
    open_target at(file.path());
    std::ofstream(file.folder() / "other.db")
        << "this is not a database, it only has the length of a header or so";
    at.run([&]() -> awaitable<void> {
        for (auto name : {"other.db", "missing.db"}) {
            auto const broken = sqlite::create_target(at.pool, {.path = file.folder() / name});
            auto const used = co_await broken->use("v");
            BOOST_TEST(bool(used.error().code == errc::unavailable));
            auto const opened =
                co_await broken->open({"SELECT 1", {}, {}}, {.until = after(std::chrono::seconds(1))});
            BOOST_TEST(bool(opened.error().code == errc::unavailable));
        }
    });
    std::filesystem::rename(file.path(), file.folder() / "kept.db");
    at.run([&]() -> awaitable<void> {
        auto const used = co_await at.target->use("v2");
        BOOST_TEST(bool(used.error().code == errc::unavailable));
    });
    BOOST_TEST(at.query("SELECT 1").code() == "ok");
    at.target->close("the copy is damaged");
    BOOST_TEST(at.query("SELECT 1").failure.message == "the copy is damaged");
    BOOST_TEST(!at.target->status().ready);
}

BOOST_AUTO_TEST_CASE(a_new_version_is_read_at_once_while_an_open_cursor_finishes_on_the_old_one) {
    sqlite_file const file(thousand);
    open_target at(file.path());
    auto how = with({.max_rows = 0, .max_bytes = 0});
    how.whole = false;
    auto old = at.ask({"SELECT a.i, b.t FROM n a, n b LIMIT 40000", {}, {}}, how);
    auto const fresh = (file.folder() / "fresh.db").string();
    sqlite_file::run_on(fresh, "CREATE TABLE n (i, t); INSERT INTO n VALUES (7, 'seven')");
    std::filesystem::rename(fresh, file.path());
    at.use("v2");
    auto const now = at.query("SELECT * FROM n");
    BOOST_TEST(now.rows() == R"([7,"seven"])");
    BOOST_TEST(now.answer->target_version == "v2");
    std::size_t slices = 0;
    bool truncated = false;
    auto const rows = drain(at, *old.answer, slices, truncated);
    BOOST_TEST(std::count(rows.begin(), rows.end(), '[') == 40'000);
    BOOST_TEST(old.answer->target_version == "v1");
}

BOOST_AUTO_TEST_CASE(new_connections_read_the_announced_version_even_when_its_file_was_replaced_or_removed) {
    sqlite_file const file(thousand);
    open_target at(sqlite::target_options{.path = file.path(), .max_cursors = 4});
    auto how = with({.max_rows = 0, .max_bytes = 0});
    how.whole = false;
    auto const holds_the_only_connection = at.ask({"SELECT a.i, b.t FROM n a, n b", {}, {}}, how);
    std::filesystem::remove(file.path());
    BOOST_TEST(at.query("SELECT count(*) FROM n").rows() == "[1000]");
    auto const holds_the_second = at.ask({"SELECT a.i, b.t FROM n a, n b", {}, {}}, how);
    sqlite_file::run_on(file.path(), "CREATE TABLE other (a)");
    BOOST_TEST(at.query("SELECT count(*) FROM n").rows() == "[1000]");
    at.use("v2");
    BOOST_TEST(at.query("SELECT count(*) FROM other").rows() == "[0]");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vanna
