#include "jobs/evaluate.hpp"

#include <boost/test/unit_test.hpp>

#include "jobs/train.hpp"
#include "tests/support/fake_chroma.hpp"
#include "tests/support/fake_knowledge.hpp"
#include "tests/support/fake_target.hpp"
#include "tests/unit/core/ask/shop.hpp"
#include "tests/unit/jobs/fake_progress.hpp"
#include "tests/unit/jobs/fake_replicas.hpp"

namespace vanna {
namespace {

struct shop_target : test::fake_target {
    std::shared_ptr<sql::schema const> schema() const override { return test::shop(); }
};

// Answers by a table: question -> SQL; an SQL text "!" is an error, none declines. Notes the pairs it was
// given.
struct scripted_generator : ask::generator {
    std::map<std::string, std::string> sql;
    std::size_t* given;
    std::string_view name() const override { return "scripted"; }
    awaitable<result<ask::generated>> generate(ask::context const& what, deadline) override {
        *given = what.examples->size();
        for (auto const& e : *what.examples)
            BOOST_TEST(e.question != what.question, "the pair is withheld");
        ask::generated out{.generator = "scripted"};
        if (auto const found = sql.find(what.question); found != sql.end()) out.sql = found->second;
        if (out.sql == "!") co_return error{errc::overloaded, public_text{"no room"}};
        co_return out;
    }
    awaitable<result<ask::generated>> repair(ask::context const&, std::string, std::string,
                                             deadline) override {
        co_return ask::generated{};
    }
};

struct scene {
    test::fake_chroma server;
    std::shared_ptr<chroma::client> client = std::make_shared<chroma::client>(test::transport_to(server));
    std::shared_ptr<ask::embedder> embedder = ask::create_builtin_embedder();
    test::fake_replicas replicas;
    test::fake_knowledge knowledge;
    shop_target target;
    test::fake_progress progress;
    std::map<std::string, std::string> answers;
    std::size_t given = 0;
    jobs::evaluation_bounds within;

    void pair(std::string question, std::string sql) {
        ask::example e{.id = new_id(), .question = std::move(question), .sql = std::move(sql)};
        e.state = "approved";
        e.approved_at = now();
        knowledge.stored_examples.push_back(std::move(e));
    }
    void train() {
        test::run_coroutine([&]() -> awaitable<void> {
            (co_await jobs::train({*client, *embedder, replicas},
                                  {.schema = test::shop(), .examples = knowledge.stored_examples},
                                  {.base_name = "base"}, after(std::chrono::seconds(5))))
                .value();
        });
    }
    result<boost::json::value> run() {
        result<boost::json::value> out = error{};
        test::run_coroutine([&]() -> awaitable<void> {
            auto const base = std::make_shared<chroma::knowledge_base>(client, embedder,
                                                                       [this] { return replicas.knowledge; });
            auto by = std::make_unique<scripted_generator>();
            by->sql = answers;
            by->given = &given;
            std::vector<std::unique_ptr<ask::generator>> generators;
            generators.push_back(std::move(by));
            ask::pipeline asking(base, std::move(generators), target);
            out = co_await jobs::evaluate({asking, *base, knowledge, target}, within, progress);
        });
        return out;
    }
};

std::int64_t count(boost::json::value const& of, std::string_view name) {
    return of.at(name).to_number<std::int64_t>();
}

}  // namespace

BOOST_AUTO_TEST_SUITE(evaluation)

BOOST_AUTO_TEST_CASE(each_pair_is_withheld_and_the_rows_are_compared) {
    scene s;
    s.pair("How many customers are there?", "same");
    s.pair("Which cities have orders?", "different");
    s.pair("Who bought toys?", "declined");
    s.pair("What does it cost?", "broken");
    s.pair("How old is everybody?", "fails");
    s.answers = {{"How many customers are there?", "same too"},
                 {"Which cities have orders?", "same"},
                 {"What does it cost?", "same"},
                 {"How old is everybody?", "!"}};
    s.target.answer = [](sql::statement const& what, auto const&) -> result<sql::opened> {
        if (what.text == "broken") return error{errc::query_invalid, public_text{"no such column"}};
        sql::opened out;
        out.first = {.bytes = what.text.starts_with("same") ? "[1],[2]" : "[3]", .last = true};
        return out;
    };
    s.train();
    auto const done = s.run().value();
    BOOST_TEST(count(done, "questions") == 5);
    BOOST_TEST(count(done, "retrieved_in_5") == 5);
    BOOST_TEST(count(done, "retrieved_first") == 5);
    BOOST_TEST(count(done, "same_rows") == 1);
    BOOST_TEST(count(done, "different_rows") == 1);
    BOOST_TEST(count(done, "answered") == 2);
    BOOST_TEST(count(done, "declined") == 1);
    BOOST_TEST(count(done, "failed") == 1);
    BOOST_TEST(count(done, "not_judged") == 1, "its own statement does not run");
    BOOST_TEST(done.at("execution_accuracy").as_double() == 0.25);
    BOOST_TEST(done.at("precision").as_double() == 1.0 / 3);
    BOOST_TEST(s.given == 4u);
    BOOST_TEST(done.at("examples").as_array().size() == 4u);
    BOOST_TEST(boost::json::serialize(done).find("no such column") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(what_an_engine_says_of_rows_is_not_told) {
    scene s;
    s.pair("How many customers are there?", "casts");
    s.pair("How old is everybody?", "fine");
    s.answers = {{"How many customers are there?", "fine"}, {"How old is everybody?", "casts too"}};
    s.target.answer = [](sql::statement const& what, auto const&) -> result<sql::opened> {
        if (what.text.starts_with("casts"))
            return error{errc::query_invalid, public_text{"invalid input syntax: \"Ada Lovelace\""}};
        sql::opened out;
        out.first = {.bytes = "[1]", .last = true};
        return out;
    };
    s.train();
    auto const done = s.run().value();
    BOOST_TEST(count(done, "failed") == 1);
    BOOST_TEST(count(done, "not_judged") == 1);
    auto const told = boost::json::serialize(done);
    BOOST_TEST(told.find("Ada") == std::string::npos, told);
    BOOST_TEST(told.find("invalid input syntax") != std::string::npos, told);
}

BOOST_AUTO_TEST_CASE(a_pair_that_was_not_trained_is_not_retrieved) {
    scene s;
    s.train();
    s.pair("How many customers are there?", "x");
    auto const done = s.run().value();
    BOOST_TEST(count(done, "retrieved_in_5") == 0);
    BOOST_TEST(done.at("examples").as_array()[0].at("outcome").as_string() == "not retrieved");
}

BOOST_AUTO_TEST_CASE(only_the_newest_pairs_are_asked_and_few_examples_are_told) {
    scene s;
    for (int i = 0; i < 7; ++i)
        s.pair("question number " + std::to_string(i), "x");
    s.within.most_pairs = 3;
    s.within.most_examples = 2;
    s.train();
    auto const done = s.run().value();
    BOOST_TEST(count(done, "questions") == 3);
    BOOST_TEST(count(done, "declined") == 3);
    BOOST_TEST(done.at("examples").as_array().size() == 2u);
    BOOST_TEST(done.at("examples").as_array()[0].at("question").as_string() == "question number 6");
    BOOST_TEST(s.given == 6u, "the others all help");
}

BOOST_AUTO_TEST_CASE(more_rows_than_are_compared_are_no_judgement) {
    scene s;
    s.pair("How many customers are there?", "x");
    s.answers = {{"How many customers are there?", "y"}};
    s.target.answer = [](auto const&, sql::open_options const& how) -> result<sql::opened> {
        BOOST_TEST(how.limits.max_rows == 5000u);
        sql::opened out;
        out.first = {.bytes = "[1]", .last = true, .truncated = true};
        return out;
    };
    s.train();
    auto const done = s.run().value();
    BOOST_TEST(count(done, "not_judged") == 1);
    BOOST_TEST(done.at("execution_accuracy").is_null());
}

BOOST_AUTO_TEST_CASE(without_a_knowledge_base_there_is_nothing_to_judge) {
    scene s;
    BOOST_TEST(count(s.run().value(), "questions") == 0);
    s.pair("How many customers are there?", "x");
    BOOST_TEST((s.run().error().code == errc::not_found));
    s.train();
    s.server.fail_after = 0;
    BOOST_TEST((s.run().error().code == errc::unavailable));
}

BOOST_AUTO_TEST_CASE(it_ends_when_it_is_cancelled) {
    scene s;
    s.pair("How many customers are there?", "x");
    s.train();
    s.progress.flag->request(sql::stop_reason::requested);
    BOOST_TEST((s.run().error().code == errc::cancelled));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vanna
