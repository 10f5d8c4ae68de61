#include "jobs/check_pairs.hpp"

#include <boost/test/unit_test.hpp>

#include "tests/support/fake_knowledge.hpp"
#include "tests/support/fake_target.hpp"
#include "tests/support/run_coroutine.hpp"
#include "tests/unit/jobs/fake_progress.hpp"

namespace vanna {
namespace {

struct fake_trail : audit::store {
    std::vector<audit::entry> entries;
    awaitable<result<void>> append(std::vector<audit::entry> more, deadline) override {
        entries.insert(entries.end(), more.begin(), more.end());
        co_return result<void>{};
    }
    awaitable<result<page<audit::entry>>> list(audit::filter, page_request, deadline) override {
        co_return page<audit::entry>{};
    }
};

// Columns by statement; "!message" in their place is what preparing says.
struct scripted_target : test::fake_target {
    std::map<std::string, std::vector<std::string>> columns;
    std::optional<error> failure;
    awaitable<result<std::vector<sql::column>>> check(std::string sql, deadline, uuid) override {
        if (failure) co_return *failure;
        std::vector<sql::column> out;
        for (auto const& name : columns[sql]) {
            if (name == "slow") co_return error{errc::deadline_exceeded, public_text{"too slow"}};
            if (name.starts_with('!')) co_return error{errc::query_invalid, public_text{name.substr(1)}};
            out.push_back({name, ""});
        }
        co_return out;
    }
};

struct scene {
    test::fake_knowledge knowledge;
    scripted_target target;
    fake_trail trail;
    test::fake_progress progress;
    jobs::pair_check_bounds within;
    std::vector<std::string> back;

    ask::example& pair(std::string sql, std::string state, std::vector<std::string> columns = {"n"}) {
        knowledge.stored_examples.push_back({.id = new_id(),
                                             .question = "what is " + sql,
                                             .sql = sql,
                                             .state = std::move(state),
                                             .columns = std::move(columns),
                                             .checked_version = "v0"});
        target.columns.try_emplace(sql, std::vector<std::string>{"n"});
        return knowledge.stored_examples.back();
    }
    ask::example const& now_is(std::string const& sql) const {
        return *std::ranges::find(knowledge.stored_examples, sql, &ask::example::sql);
    }
    result<boost::json::value> run() {
        result<boost::json::value> out = error{};
        test::run_coroutine([&]() -> awaitable<void> {
            out = co_await jobs::check_pairs(
                {knowledge, target, trail, [this](ask::example e) { back.push_back(e.sql); }}, within,
                progress);
        });
        return out;
    }
};

result<sql::opened> no(errc code, std::string message) {
    return error{code, public_text{std::move(message)}};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(checking_pairs)

BOOST_AUTO_TEST_CASE(pairs_that_no_longer_run_or_answer_otherwise_are_stale_and_the_rest_holds) {
    scene s;
    s.pair("holds", "approved");
    s.pair("first seen", "approved", {});
    s.pair("gone column", "approved");
    s.pair("other columns", "approved", {"n", "m"});
    s.pair("fails as it runs", "approved");
    s.pair("slow", "approved");
    s.pair("big", "approved");
    s.pair("proposal", "proposed");
    s.pair("rejected", "rejected");
    s.target.columns["gone column"] = {"!no such column: gone"};
    s.target.answer = [](sql::statement const& what, sql::open_options const& how) -> result<sql::opened> {
        BOOST_TEST(how.limits.max_rows == 1u);
        if (what.text == "fails as it runs") return no(errc::query_invalid, "integer overflow");
        if (what.text == "slow") return no(errc::deadline_exceeded, "too slow");
        if (what.text == "big") return no(errc::query_too_large, "a large row");
        sql::opened out;
        out.target_version = "v1";
        out.first = {.bytes = "[1]", .rows = 1, .last = true};
        return out;
    };
    auto const done = s.run().value();
    BOOST_TEST(done.at("checked").to_number<int>() == 7);
    BOOST_TEST(done.at("stale").to_number<int>() == 3);
    BOOST_TEST(done.at("back").to_number<int>() == 0);
    BOOST_TEST(done.at("target_version").as_string() == "v1");
    for (auto const* sql : {"holds", "first seen", "slow", "big"}) {
        BOOST_TEST(s.now_is(sql).state == "approved", sql);
        BOOST_TEST(s.now_is(sql).checked_version == "v1", sql);
    }
    BOOST_TEST(s.now_is("holds").problem == "");
    BOOST_TEST(s.now_is("slow").problem == "it was not seen to run: too slow");
    BOOST_TEST(s.now_is("big").problem == "it was not seen to run: a large row");
    BOOST_TEST(s.now_is("first seen").columns == std::vector<std::string>{"n"});
    BOOST_TEST(s.now_is("gone column").state == "stale");
    BOOST_TEST(s.now_is("gone column").problem == "no such column: gone");
    BOOST_TEST(s.now_is("other columns").problem == "it answers with the columns n instead of n, m");
    BOOST_TEST((s.now_is("other columns").columns == std::vector<std::string>{"n", "m"}));
    BOOST_TEST(s.now_is("fails as it runs").problem == "integer overflow");
    BOOST_TEST(s.now_is("proposal").checked_version == "v0");
    BOOST_REQUIRE(s.trail.entries.size() == 3u);
    BOOST_TEST(s.trail.entries[0].action == "examples.stale");
    BOOST_TEST(s.trail.entries[0].email == "system");
    BOOST_TEST(s.run().value().at("checked").to_number<int>() == 0, "once for a version");
}

BOOST_AUTO_TEST_CASE(a_stale_pair_comes_back_when_it_runs_again) {
    scene s;
    s.pair("was stale", "stale").problem = "no such table";
    s.pair("still stale", "stale").problem = "no such table";
    s.pair("replaced", "stale");
    s.target.columns["still stale"] = {"!no such table: stale"};
    s.knowledge.taken_question = "what is replaced";
    auto const done = s.run().value();
    BOOST_TEST(done.at("back").to_number<int>() == 1);
    BOOST_TEST(s.now_is("was stale").state == "approved");
    BOOST_TEST(s.now_is("was stale").problem == "");
    BOOST_TEST(s.now_is("still stale").problem == "no such table: stale");
    BOOST_TEST(s.now_is("replaced").state == "stale");
    BOOST_TEST(s.now_is("replaced").problem.find("another approved pair") != std::string::npos);
    BOOST_TEST(s.back == std::vector<std::string>{"was stale"});
    BOOST_REQUIRE(s.trail.entries.size() == 1u);
    BOOST_TEST(s.trail.entries[0].action == "examples.back");
}

BOOST_AUTO_TEST_CASE(a_pair_that_takes_too_long_neither_changes_its_state_nor_keeps_the_others_waiting) {
    scene s;
    s.pair("slow to prepare", "approved");
    s.pair("slow and stale", "stale").problem = "no such table";
    s.pair("runs for ever", "stale").problem = "no such table";
    s.pair("fine", "approved");
    s.target.columns["slow to prepare"] = s.target.columns["slow and stale"] = {"slow"};
    s.target.answer = [](sql::statement const& what, auto const&) -> result<sql::opened> {
        if (what.text == "runs for ever") return no(errc::deadline_exceeded, "too slow");
        sql::opened out;
        out.target_version = "v1";
        out.first = {.last = true};
        return out;
    };
    auto const done = s.run().value();
    BOOST_TEST(done.at("checked").to_number<int>() == 4);
    BOOST_TEST(done.at("back").to_number<int>() == 0);
    BOOST_TEST(s.now_is("slow to prepare").state == "approved");
    BOOST_TEST(s.now_is("slow to prepare").problem == "it was not seen to run: too slow");
    BOOST_TEST(s.now_is("slow and stale").state == "stale");
    BOOST_TEST(s.now_is("runs for ever").state == "stale");
    BOOST_TEST(s.now_is("fine").problem == "");
    BOOST_TEST(s.now_is("fine").checked_version == "v1");
    s.pair("slow to prepare too", "approved");
    s.target.columns["slow to prepare too"] = {"slow"};
    s.progress.until = std::chrono::steady_clock::now();
    BOOST_TEST((s.run().error().code == errc::deadline_exceeded), "the job's own time is over");
}

BOOST_AUTO_TEST_CASE(what_an_engine_says_of_rows_is_not_kept) {
    scene s;
    s.pair("casts", "approved");
    s.pair("writes", "approved");
    s.target.answer = [](sql::statement const& what, auto const&) {
        return what.text == "casts"
                   ? no(errc::query_invalid, "invalid input syntax for type integer: \"Ada Lovelace\"")
                   : no(errc::query_refused, "only SELECT is answered here");
    };
    BOOST_TEST(s.run().value().at("stale").to_number<int>() == 2);
    BOOST_TEST(s.now_is("casts").problem == "invalid input syntax for type integer: \"… …\"");
    BOOST_TEST(s.now_is("writes").problem == "only SELECT is answered here");
    BOOST_REQUIRE(s.trail.entries.size() == 2u);
    for (auto const& told : s.trail.entries)
        BOOST_TEST(boost::json::serialize(told.changes).find("Ada") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_target_that_cannot_be_asked_makes_nothing_stale) {
    scene s;
    s.pair("a", "approved");
    s.target.failure = error{errc::unavailable, public_text{"the file is gone"}};
    BOOST_TEST((s.run().error().code == errc::unavailable));
    s.target.failure = {};
    s.target.answer = [](auto const&, auto const&) { return no(errc::overloaded, "full"); };
    BOOST_TEST((s.run().error().code == errc::overloaded));
    s.target.answer = [&](auto const&, auto const&) -> result<sql::opened> {
        s.target.version = "v2";
        sql::opened out;
        out.target_version = "v2";
        out.first = {.last = true};
        return out;
    };
    BOOST_TEST((s.run().error().code == errc::conflict), "it has changed meanwhile");
    BOOST_TEST(s.now_is("a").state == "approved");
    BOOST_TEST(s.now_is("a").checked_version == "v0");
    s.target.version = "";
    BOOST_TEST((s.run().error().code == errc::unavailable));
    s.target.version = "v1";
    s.knowledge.away = true;
    BOOST_TEST((s.run().error().code == errc::unavailable));
}

BOOST_AUTO_TEST_CASE(it_is_bounded_and_can_be_cancelled) {
    scene s;
    for (int i = 0; i < 10; ++i)
        s.pair("s" + std::to_string(i), "approved");
    s.within.most_pairs = 5;
    s.within.at_once = 2;
    BOOST_TEST(s.run().value().at("checked").to_number<int>() == 5);
    BOOST_TEST(s.run().value().at("checked").to_number<int>() == 5, "the rest with the next run");
    s.pair("more", "approved");
    s.progress.flag->request(sql::stop_reason::requested);
    BOOST_TEST((s.run().error().code == errc::cancelled));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vanna
