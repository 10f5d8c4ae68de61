#include "jobs/knowledge_jobs.hpp"

#include <boost/test/unit_test.hpp>

#include "tests/support/fake_chroma.hpp"
#include "tests/support/fake_knowledge.hpp"
#include "tests/support/fake_target.hpp"
#include "tests/unit/core/ask/shop.hpp"
#include "tests/unit/jobs/counting_embedder.hpp"
#include "tests/unit/jobs/fake_progress.hpp"
#include "tests/unit/jobs/fake_replicas.hpp"

namespace vanna {
namespace {

struct slow_target : test::fake_target {
    mutable int looks_left = 0;  // until the schema has been read
    std::string engine = "sqlite";
    std::shared_ptr<sql::schema const> schema() const override {
        return engine == "disabled" || looks_left-- > 0 ? nullptr : test::shop();
    }
    sql::target_status status() const override {
        return {.engine = engine, .version = "v1", .ready = false, .problem = "set ENABLE_TARGET_DB=true"};
    }
};

struct scene {
    test::fake_chroma server;
    chroma::client client{test::transport_to(server)};
    test::counting_embedder embedder;
    test::fake_replicas replicas;
    test::fake_knowledge knowledge;
    slow_target target;
    test::fake_progress progress;
    std::map<std::string, std::string> environment{{"CHROMA_COLLECTION", "base"}};

    std::shared_ptr<config::settings const> settings() const {
        config::name_values given;
        for (auto const& [name, value] : environment)
            given.emplace(name, value);
        return std::make_shared<config::settings const>(config::load({.environment = given}).values);
    }
    result<boost::json::value> run(jobs::body (*make)(jobs::knowledge_parts,
                                                      std::shared_ptr<config::settings const>)) {
        result<boost::json::value> out = error{};
        auto const work = make({client, embedder, replicas, knowledge, target}, settings());
        test::run_coroutine([&]() -> awaitable<void> { out = co_await work(progress); });
        return out;
    }
    bool holds(std::string_view text) const {
        for (auto const& [name, c] : server.collections)
            for (auto const& [id, record] : c.records)
                if (std::string_view(record.at("document").as_string()).find(text) != text.npos) return true;
        return false;
    }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(knowledge_jobs)

BOOST_AUTO_TEST_CASE(a_training_learns_terms_pairs_and_a_schema_that_is_read_a_little_later) {
    scene s;
    s.target.looks_left = 3;
    s.knowledge.stored_terms.push_back({.id = new_id(), .name = "turnover", .description = "what was sold"});
    auto const done = s.run(&jobs::training_job).value();
    BOOST_TEST(done.at("collection").as_string() == "base_1");
    BOOST_TEST(done.at("changed").as_bool());
    for (auto name :
         {"added", "removed", "kept", "schema_changed", "schema_difference", "dropped", "duration_ms"})
        BOOST_TEST(done.as_object().contains(name), name);
    BOOST_TEST(s.holds("turnover: what was sold"));
    BOOST_TEST(s.holds("New York"), "the built-in embedder is here, and may see values");
    std::vector<std::string> const stages{
        "reading", "comparing", "embedding", "publishing", "recording the schema", "done"};
    BOOST_TEST(s.progress.stages == stages, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_remote_embedder_is_given_no_values_unless_that_is_allowed) {
    scene s;
    s.environment["EMBEDDING_PROVIDER"] = "http";
    BOOST_TEST(s.run(&jobs::training_job).has_value());
    BOOST_TEST(!s.holds("New York"));
    s.environment["LLM_SEND_SAMPLES"] = "true";
    BOOST_TEST(s.run(&jobs::training_job).has_value());
    BOOST_TEST(s.holds("New York"));
}

BOOST_AUTO_TEST_CASE(without_a_target_there_is_nothing_to_learn) {
    scene s;
    s.target.engine = "disabled";
    auto const done = s.run(&jobs::training_job);
    BOOST_REQUIRE(!done);
    BOOST_TEST(done.error().type == "target-disabled");
    BOOST_TEST(done.error().message.find("ENABLE_TARGET_DB") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_training_that_lost_its_lock_or_was_cancelled_publishes_nothing) {
    scene s;
    s.progress.alone = false;
    BOOST_TEST((s.run(&jobs::training_job).error().code == errc::conflict));
    s.progress.alone = true;
    s.progress.flag->request(sql::stop_reason::requested);
    BOOST_TEST((s.run(&jobs::training_job).error().code == errc::cancelled));
    BOOST_TEST(s.replicas.knowledge.collection == "");
    BOOST_TEST(s.server.collections.empty());
}

BOOST_AUTO_TEST_CASE(clearing_drops_every_generation_and_nothing_else) {
    scene s;
    BOOST_TEST(s.run(&jobs::training_job).has_value());
    for (auto name : {"base_7", "base", "base_x", "other_1"})
        s.server.collections[name] = {};
    auto const done = s.run(&jobs::clearing_job).value();
    BOOST_TEST(done.at("collection").as_string() == "base_1");
    BOOST_TEST(done.at("dropped").as_array().size() == 2u);
    BOOST_TEST(s.replicas.knowledge.collection == "");
    BOOST_TEST(s.replicas.knowledge.fingerprint == "");
    BOOST_TEST(s.server.collections.size() == 3u);
    auto const writes = s.replicas.writes;
    BOOST_TEST(s.run(&jobs::clearing_job).value().at("dropped").as_array().empty(), "twice is once");
    BOOST_TEST(s.replicas.writes == writes);
    BOOST_TEST(s.run(&jobs::training_job).value().at("changed").as_bool());
}

BOOST_AUTO_TEST_CASE(no_replica_is_ever_sent_to_a_collection_that_is_gone) {
    scene s;
    BOOST_TEST(s.run(&jobs::training_job).has_value());
    s.replicas.away = true;
    BOOST_TEST((s.run(&jobs::clearing_job).error().code == errc::unavailable));
    BOOST_TEST(s.server.collections.contains("base_1"));
    s.replicas.away = false;
    s.progress.alone = false;
    BOOST_TEST((s.run(&jobs::clearing_job).error().code == errc::conflict));
    BOOST_TEST(s.replicas.knowledge.collection == "base_1");
    BOOST_TEST(s.server.collections.contains("base_1"));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vanna
