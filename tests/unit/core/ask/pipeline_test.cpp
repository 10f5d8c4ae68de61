#include "core/ask/pipeline.hpp"

#include <boost/test/unit_test.hpp>

#include "tests/unit/core/ask/shop.hpp"

namespace vanna {
namespace {

// Says what it was told to, in turn; the last again and again.
struct scripted : ask::generator {
    std::string called;
    std::vector<result<ask::generated>> answers, repairs;
    std::shared_ptr<std::vector<std::string>> asked;

    scripted(std::string name, std::vector<result<ask::generated>> first,
             std::vector<result<ask::generated>> second, std::shared_ptr<std::vector<std::string>> journal)
        : called(std::move(name)),
          answers(std::move(first)),
          repairs(std::move(second)),
          asked(std::move(journal)) {}
    std::string_view name() const override { return called; }
    static result<ask::generated> take(std::vector<result<ask::generated>>& from) {
        if (from.empty()) return ask::generated{};
        auto one = from.front();
        if (from.size() > 1) from.erase(from.begin());
        return one;
    }
    awaitable<result<ask::generated>> generate(ask::context const&, deadline) override {
        asked->push_back(called);
        co_return take(answers);
    }
    awaitable<result<ask::generated>> repair(ask::context const&, std::string sql, std::string error,
                                             deadline) override {
        asked->push_back(called + " repairs " + sql + ": " + error);
        co_return take(repairs);
    }
};

ask::generated says(std::string by, std::string sql, std::string clarification = {}) {
    ask::generated g;
    g.generator = std::move(by);
    g.sql = std::move(sql);
    g.clarification = std::move(clarification);
    return g;
}

// Refuses every statement that has "bad" in it.
struct picky : sql::target {
    errc refusal = errc::query_invalid;
    awaitable<result<sql::opened>> open(sql::statement, sql::open_options) override {
        co_return error{errc::internal, public_text{"not opened here"}};
    }
    awaitable<result<std::vector<sql::column>>> check(std::string sql, deadline, uuid) override {
        if (sql.find("bad") != std::string::npos)
            co_return error{refusal, public_text{"no such column: bad"}};
        co_return std::vector<sql::column>{};
    }
    sql::target_status status() const override { return {}; }
    std::shared_ptr<sql::schema const> schema() const override { return nullptr; }
};

struct failing_retriever : ask::retriever {
    awaitable<result<std::vector<ask::hit>>> retrieve(std::string, std::size_t, deadline) override {
        co_return error{errc::unavailable, public_text{"ChromaDB is away"}};
    }
};

// Never answers; its asker leaves meanwhile.
struct left_retriever : ask::retriever {
    std::shared_ptr<sql::stop_flag> stop = std::make_shared<sql::stop_flag>();
    awaitable<result<std::vector<ask::hit>>> retrieve(std::string, std::size_t, deadline limit) override {
        stop->request(sql::stop_reason::client_gone);
        asio::steady_timer timer(co_await asio::this_coro::executor, limit);
        co_await timer.async_wait(asio::use_awaitable);
        co_return error{errc::deadline_exceeded, public_text{"late"}};
    }
};

// Finds one pair and one term, by the ids they were made from.
struct finding_retriever : ask::retriever {
    uuid pair = new_id(), term = new_id();
    awaitable<result<std::vector<ask::hit>>> retrieve(std::string, std::size_t, deadline) override {
        std::vector<ask::hit> out(3);
        out[0].found = {"1", ask::document_kind::example, "q", "q", to_string(pair)};
        out[1].found = {"2", ask::document_kind::term, "t", "t", to_string(term)};
        out[2].found = {"3", ask::document_kind::ddl, "d", "customers", ""};
        co_return out;
    }
};

struct scene {
    std::shared_ptr<std::vector<std::string>> asked = std::make_shared<std::vector<std::string>>();
    picky target;
    std::vector<std::unique_ptr<ask::generator>> generators;
    std::shared_ptr<ask::retriever> knowledge;
    std::shared_ptr<sql::stop_flag> stop;

    void add(std::string name, std::vector<result<ask::generated>> answers,
             std::vector<result<ask::generated>> repairs = {}) {
        generators.push_back(
            std::make_unique<scripted>(std::move(name), std::move(answers), std::move(repairs), asked));
    }
    result<ask::generated> run() {
        result<ask::generated> out = ask::generated{};
        test::run_coroutine([&]() -> awaitable<void> {
            ask::pipeline p(knowledge, std::move(generators), target);
            auto what = test::asking("q");
            what.stop = stop;
            co_await p.retrieve(what, after(std::chrono::seconds(5)));
            out = co_await p.generate(what, after(std::chrono::seconds(5)));
        });
        return out;
    }
};

bool mentions(ask::generated const& g, std::string_view text) {
    return std::any_of(g.notes.begin(), g.notes.end(),
                       [&](auto const& n) { return n.find(text) != std::string::npos; });
}

}  // namespace

BOOST_AUTO_TEST_SUITE(ask_pipeline)

BOOST_AUTO_TEST_CASE(retrieval_ends_when_nobody_waits_any_more) {
    scene s;
    auto const knowledge = std::make_shared<left_retriever>();
    s.knowledge = knowledge;
    s.stop = knowledge->stop;
    auto const began = std::chrono::steady_clock::now();
    (void)s.run();
    BOOST_TEST((std::chrono::steady_clock::now() - began < std::chrono::seconds(1)));
}

BOOST_AUTO_TEST_CASE(the_first_generator_with_a_good_statement_answers) {
    scene s;
    s.add("pairs", {says("pairs", "")});
    s.add("built-in", {says("built-in", "SELECT 1")});
    s.add("never", {says("never", "SELECT 2")});
    auto const made = s.run().value();
    BOOST_TEST(made.sql == "SELECT 1");
    BOOST_TEST((*s.asked == std::vector<std::string>{"pairs", "built-in"}));
}

BOOST_AUTO_TEST_CASE(a_statement_that_does_not_prepare_goes_back_once_with_the_error) {
    scene s;
    s.add("model", {says("model", "bad")}, {says("model", "SELECT 3")});
    auto const made = s.run().value();
    BOOST_TEST(made.sql == "SELECT 3");
    BOOST_TEST(mentions(made, "repaired after: no such column: bad"));
    BOOST_TEST(s.asked->back() == "model repairs bad: no such column: bad");
}

BOOST_AUTO_TEST_CASE(a_second_failure_passes_on_to_the_next_generator_and_says_so) {
    scene s;
    s.add("model", {says("model", "bad")}, {says("model", "still bad")});
    s.add("built-in", {says("built-in", "SELECT 1")});
    auto const made = s.run().value();
    BOOST_TEST(made.sql == "SELECT 1");
    BOOST_TEST(mentions(made, "model's statement was not accepted"));
    BOOST_TEST(s.asked->size() == 3u);
}

BOOST_AUTO_TEST_CASE(a_refused_statement_is_not_repaired) {
    scene s;
    s.target.refusal = errc::query_refused;
    s.add("model", {says("model", "bad")}, {says("model", "SELECT 3")});
    auto const made = s.run().value();
    BOOST_TEST(made.sql == "");
    BOOST_TEST(made.clarification != "");
    BOOST_TEST(s.asked->size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_target_that_is_away_is_an_error_not_a_reason_to_try_others) {
    scene s;
    s.target.refusal = errc::unavailable;
    s.add("model", {says("model", "bad")});
    s.add("built-in", {says("built-in", "SELECT 1")});
    auto const made = s.run();
    BOOST_REQUIRE(!made);
    BOOST_TEST((made.error().code == errc::unavailable));
}

BOOST_AUTO_TEST_CASE(a_generator_that_is_away_and_a_knowledge_base_that_is_away_are_notes) {
    scene s;
    s.knowledge = std::make_shared<failing_retriever>();
    s.add("model", {error{errc::unavailable, public_text{"the model is away"}}});
    s.add("built-in", {says("built-in", "SELECT 1")});
    auto const made = s.run().value();
    BOOST_TEST(made.sql == "SELECT 1");
    BOOST_TEST(mentions(made, "the knowledge base is unavailable"));
    BOOST_TEST(mentions(made, "generator model failed: the model is away"));
}

BOOST_AUTO_TEST_CASE(a_server_without_room_says_so_instead_of_asking_the_next_generator) {
    scene s;
    s.add("pairs", {error{errc::overloaded, public_text{"the server is busy"}}});
    s.add("built-in", {says("built-in", "SELECT 1")});
    auto const made = s.run();
    BOOST_REQUIRE(!made);
    BOOST_TEST((made.error().code == errc::overloaded));
}

BOOST_AUTO_TEST_CASE(a_pair_or_term_that_was_withdrawn_is_not_retrieved_though_its_vector_is_still_there) {
    auto const found = std::make_shared<finding_retriever>();
    picky target;
    test::run_coroutine([&]() -> awaitable<void> {
        ask::pipeline p(found, {}, target);
        auto what = test::asking("q");
        co_await p.retrieve(what, after(std::chrono::seconds(5)));
        BOOST_REQUIRE(what.hits.size() == 1u);
        BOOST_TEST(what.hits[0].found.subject == "customers");
        ask::example pair;
        pair.id = found->pair;
        ask::term term;
        term.id = found->term;
        what.examples = std::make_shared<std::vector<ask::example> const>(1, pair);
        what.terms = std::make_shared<std::vector<ask::term> const>(1, term);
        co_await p.retrieve(what, after(std::chrono::seconds(5)));
        BOOST_TEST(what.hits.size() == 3u);
    });
}

BOOST_AUTO_TEST_CASE(when_all_decline_the_last_clarification_is_given) {
    scene s;
    s.add("pairs", {says("pairs", "")});
    s.add("built-in", {says("built-in", "", "Which price?")});
    auto const made = s.run().value();
    BOOST_TEST(made.sql == "");
    BOOST_TEST(made.generator == "built-in");
    BOOST_TEST(made.clarification == "Which price?");
}

BOOST_AUTO_TEST_CASE(a_statement_that_fails_to_run_is_repaired_or_passed_on) {
    scene s;
    s.add("model", {says("model", "SELECT 9")}, {says("model", "")});
    s.add("built-in", {says("built-in", "SELECT 1")});
    test::run_coroutine([&]() -> awaitable<void> {
        ask::pipeline p(nullptr, std::move(s.generators), s.target);
        auto const what = test::asking("q");
        auto const made =
            (co_await p.repair(what, says("model", "SELECT 9"), "overflow", after(std::chrono::seconds(5))))
                .value();
        BOOST_TEST(made.sql == "SELECT 1");
        BOOST_TEST(mentions(made, "model's statement did not run (overflow)"));
    });
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vanna
