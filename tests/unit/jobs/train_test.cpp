#include "jobs/train.hpp"

#include <boost/test/unit_test.hpp>

#include "tests/support/fake_chroma.hpp"
#include "tests/unit/core/ask/shop.hpp"
#include "tests/unit/jobs/counting_embedder.hpp"
#include "tests/unit/jobs/fake_replicas.hpp"

namespace vanna {
namespace {

struct scene {
    test::fake_chroma server;
    chroma::client client{test::transport_to(server)};
    test::counting_embedder embedder;
    test::fake_replicas replicas;
    ask::knowledge_sources sources;
    jobs::training_options options;

    scene() {
        sources.schema = test::shop();
        sources.terms.push_back(
            {new_id(), "revenue", "what was sold", "orders.total_amount", "Finance", {"sales"}});
        ask::example e;
        e.id = new_id();
        e.question = "How many customers?";
        e.sql = "SELECT count(*) FROM customers";
        e.state = "approved";
        sources.examples = {e};
        e.state = "proposed";
        e.question = "not yet";
        sources.examples.push_back(e);
        options.base_name = "base";
        options.batch_size = 3;
    }
    result<jobs::training_report> run() {
        result<jobs::training_report> out = jobs::training_report{};
        test::run_coroutine([&]() -> awaitable<void> {
            out = co_await jobs::train({client, embedder, replicas}, sources, options,
                                       after(std::chrono::seconds(5)));
        });
        return out;
    }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(training)

BOOST_AUTO_TEST_CASE(the_first_run_makes_a_collection_and_makes_it_current) {
    scene s;
    std::vector<int> percents;
    s.options.progress = [&](std::string_view, int p) { percents.push_back(p); };
    auto const report = s.run().value();
    BOOST_TEST(report.changed);
    BOOST_TEST(report.schema_changed);
    BOOST_TEST(report.added == ask::make_documents(s.sources).size());
    BOOST_TEST(report.kept == 0u);
    BOOST_TEST(report.collection == "base_1");
    BOOST_TEST(s.replicas.knowledge.collection == "base_1");
    BOOST_TEST(s.replicas.knowledge.fingerprint == s.embedder.fingerprint());
    BOOST_TEST(s.replicas.knowledge.schema_version == "v1");
    BOOST_TEST(s.server.count_of("base_1") == report.added);
    BOOST_TEST(std::is_sorted(percents.begin(), percents.end()));
    BOOST_TEST(percents.back() == 100);
}

BOOST_AUTO_TEST_CASE(a_run_with_no_difference_writes_nothing) {
    scene s;
    (void)s.run();
    auto const writes = s.replicas.writes;
    auto const upserts = s.server.called("/upsert");
    auto const report = s.run().value();
    BOOST_TEST(!report.changed);
    BOOST_TEST(!report.schema_changed);
    BOOST_TEST(report.kept > 0u);
    BOOST_TEST(s.replicas.writes == writes);
    BOOST_TEST(s.server.called("/upsert") == upserts);
    BOOST_TEST(s.server.collections.size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_change_makes_a_new_collection_from_the_old_ones_vectors) {
    scene s;
    (void)s.run();
    s.embedder.texts = 0;
    auto schema = std::make_shared<sql::schema>(*s.sources.schema);
    schema->tables.erase(schema->tables.begin());
    schema->tables.push_back({.name = "returns", .ddl = "CREATE TABLE returns (reason)"});
    schema->tables.back().columns = {test::column("reason", "TEXT")};
    s.sources.schema = schema;
    auto const report = s.run().value();
    BOOST_TEST(report.collection == "base_2");
    BOOST_TEST(report.kept > 0u);
    BOOST_TEST(report.removed > 0u);
    BOOST_TEST(s.embedder.texts == report.added);
    BOOST_TEST(s.server.count_of("base_2") == report.added + report.kept);
    BOOST_TEST(s.server.collections.contains("base_1"));  // replicas may still be reading it
    BOOST_TEST(report.schema_difference.at("added").as_array().size() == 1u);
    BOOST_TEST(report.schema_difference.at("removed").as_array().size() == 1u);
}

BOOST_AUTO_TEST_CASE(another_embedder_makes_everything_anew) {
    scene s;
    auto const first = s.run().value();
    s.embedder.name = "counting/2/384";
    s.embedder.texts = 0;
    auto const report = s.run().value();
    BOOST_TEST(report.added == first.added);
    BOOST_TEST(report.kept == 0u);
    BOOST_TEST(s.replicas.knowledge.fingerprint == "counting/2/384");
}

BOOST_AUTO_TEST_CASE(a_break_at_any_call_leaves_the_old_collection_current_and_whole) {
    std::size_t total = 0;
    {
        scene s;
        (void)s.run();
        s.server.calls.clear();
        s.sources.terms.clear();
        (void)s.run();
        total = s.server.calls.size();
    }
    for (std::size_t at = 0; at < total; ++at) {
        scene s;
        (void)s.run();
        auto const before = s.server.count_of("base_1");
        s.server.calls.clear();
        s.server.fail_after = at;
        s.sources.terms.clear();
        auto const broken = s.run();
        auto const& current = s.replicas.knowledge.collection;
        BOOST_TEST(s.server.collections.contains(current), at);
        if (!broken) BOOST_TEST(s.server.count_of("base_1") == before, at);
        s.server.fail_after = SIZE_MAX;
        auto const healed = s.run().value();
        BOOST_TEST(s.server.count_of(healed.collection) == before - 1, at);
        BOOST_TEST(s.server.collections.size() <= 2u, at);
    }
}

BOOST_AUTO_TEST_CASE(a_lock_that_was_lost_publishes_nothing) {
    scene s;
    s.options.may_publish = [](deadline) -> awaitable<result<void>> {
        co_return error{errc::conflict, public_text{"the lock was lost"}};
    };
    auto const report = s.run();
    BOOST_REQUIRE(!report);
    BOOST_TEST((report.error().code == errc::conflict));
    BOOST_TEST(s.replicas.knowledge.collection == "");
    BOOST_TEST(s.server.collections.empty());
}

BOOST_AUTO_TEST_CASE(a_cancelled_run_publishes_nothing_and_leaves_nothing) {
    scene s;
    s.options.cancelled = [asked = 0]() mutable { return ++asked > 3; };
    auto const report = s.run();
    BOOST_REQUIRE(!report);
    BOOST_TEST((report.error().code == errc::cancelled));
    BOOST_TEST(s.replicas.knowledge.collection == "");
    BOOST_TEST(s.server.collections.empty());
}

BOOST_AUTO_TEST_CASE(a_collection_stays_while_nobody_knows_whether_it_became_current) {
    scene s;
    s.replicas.answers_lost = true;
    BOOST_TEST((s.run().error().code == errc::unavailable));
    BOOST_TEST(s.replicas.knowledge.collection == "base_1", "the row had moved all the same");
    BOOST_TEST(s.server.collections.contains("base_1"));
    s.replicas.answers_lost = false;
    BOOST_TEST(!s.run().value().changed);
}

BOOST_AUTO_TEST_CASE(another_file_with_nothing_new_to_learn_keeps_the_collection_and_notes_its_version) {
    scene s;
    (void)s.run();
    auto schema = std::make_shared<sql::schema>(*s.sources.schema);
    schema->version = "v2";
    s.sources.schema = schema;
    auto const upserts = s.server.called("/upsert");
    auto const report = s.run().value();
    BOOST_TEST(!report.changed);
    BOOST_TEST(!report.schema_changed);
    BOOST_TEST(report.collection == "base_1");
    BOOST_TEST(s.replicas.knowledge.collection == "base_1");
    BOOST_TEST(s.replicas.knowledge.schema_version == "v2");
    BOOST_TEST(s.server.called("/upsert") == upserts);
}

BOOST_AUTO_TEST_CASE(collections_of_other_names_are_left_alone) {
    scene s;
    s.server.collections["base"] = {};
    s.server.collections["base_x"] = {};
    s.server.collections["other_7"] = {};
    s.server.collections["base_9"] = {};  // unfinished, of a run that was killed
    auto const report = s.run().value();
    BOOST_TEST((report.dropped == std::vector<std::string>{"base_9"}));
    for (auto kept : {"base", "base_x", "other_7"})
        BOOST_TEST(s.server.collections.contains(kept), kept);
}

BOOST_AUTO_TEST_CASE(an_old_collection_goes_once_the_current_one_is_five_minutes_old) {
    scene s;
    (void)s.run();
    s.sources.terms.clear();
    (void)s.run();
    BOOST_TEST(s.run().value().dropped.empty());
    s.replicas.knowledge.moved_at = now() - std::chrono::minutes(6);
    BOOST_TEST((s.run().value().dropped == std::vector<std::string>{"base_1"}));
}

BOOST_AUTO_TEST_CASE(looking_for_old_collections_leaves_one_that_is_being_built_alone) {
    scene s;
    (void)s.run();
    s.sources.terms.clear();
    (void)s.run();
    s.server.collections["base_3"] = {};
    auto const drop = [&](bool unfinished) {
        std::vector<std::string> dropped;
        test::run_coroutine([&]() -> awaitable<void> {
            dropped = (co_await jobs::drop_retired({s.client, s.embedder, s.replicas}, "base", unfinished,
                                                   after(std::chrono::seconds(5))))
                          .value();
        });
        return dropped;
    };
    BOOST_TEST(drop(false).empty());
    s.replicas.knowledge.moved_at = now() - std::chrono::minutes(6);
    BOOST_TEST((drop(false) == std::vector<std::string>{"base_1"}));
    BOOST_TEST((drop(true) == std::vector<std::string>{"base_3"}));
    BOOST_TEST(s.server.collections.contains("base_2"));
}

BOOST_AUTO_TEST_CASE(an_approved_pair_joins_the_current_collection_as_training_would_store_it) {
    scene s;
    (void)s.run();
    auto const before = s.server.count_of("base_1");
    ask::example pair;
    pair.id = new_id();
    pair.question = "How many orders?";
    pair.sql = "SELECT count(*) FROM orders WHERE status = 'Shipped'";
    pair.state = "approved";
    auto const add = [&] {
        result<bool> done = false;
        test::run_coroutine([&]() -> awaitable<void> {
            done = co_await jobs::add_pair({s.client, s.embedder, s.replicas}, pair, s.sources.with_values,
                                           after(std::chrono::seconds(5)));
        });
        return done;
    };
    BOOST_TEST(add().value());
    BOOST_TEST(add().value(), "twice is once");
    BOOST_TEST(s.server.count_of("base_1") == before + 1);
    s.sources.examples.push_back(pair);
    BOOST_TEST(!s.run().value().changed, "the next training finds it there");
    s.sources.with_values = false;
    BOOST_TEST(s.run().value().changed);
    BOOST_TEST(add().value());
    BOOST_TEST(!s.run().value().changed, "and it is the same one where no value may be learnt");
    s.embedder.name = "counting/2/384";
    BOOST_TEST(!add().value(), "another embedder's vectors are not mixed in");
    s.server.fail_after = 0;
    s.embedder.name = "counting/1/384";
    BOOST_TEST((add().error().code == errc::unavailable));
}

BOOST_AUTO_TEST_CASE(a_name_chromadb_would_refuse_is_reported_before_anything_is_made) {
    scene s;
    s.options.base_name = "no good";
    auto const report = s.run();
    BOOST_REQUIRE(!report);
    BOOST_TEST((report.error().code == errc::invalid_input));
    BOOST_TEST(s.server.collections.empty());
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(training_documents)

BOOST_AUTO_TEST_CASE(ids_depend_on_the_content_only) {
    scene s;
    auto const a = ask::make_documents(s.sources), b = ask::make_documents(s.sources);
    BOOST_REQUIRE(a.size() == b.size());
    for (std::size_t i = 0; i < a.size(); ++i)
        BOOST_TEST(a[i].id == b[i].id);
    auto schema = std::make_shared<sql::schema>(*s.sources.schema);
    for (auto& t : schema->tables)
        t.row_count = 77;
    s.sources.schema = schema;
    auto const c = ask::make_documents(s.sources);
    BOOST_REQUIRE(a.size() == c.size());
    for (std::size_t i = 0; i < a.size(); ++i)
        BOOST_TEST(a[i].id == c[i].id);
}

BOOST_AUTO_TEST_CASE(sample_values_are_documents_of_their_own_and_can_be_left_out) {
    scene s;
    auto const holds = [](std::vector<ask::document> const& list, std::string_view text) {
        return std::any_of(list.begin(), list.end(),
                           [&](auto const& d) { return d.text.find(text) != std::string::npos; });
    };
    auto const all = ask::make_documents(s.sources);
    BOOST_TEST(holds(all, "New York"));
    for (auto const& d : all)
        if (d.text.find("New York") != std::string::npos) BOOST_TEST((d.kind == ask::document_kind::values));
    s.sources.with_values = false;
    BOOST_TEST(!holds(ask::make_documents(s.sources), "New York"));
    BOOST_TEST(!holds(all, "not yet"));  // a proposal is no verified pair
    ask::example pair{.id = new_id(), .question = "Who lives in new york?", .state = "approved"};
    pair.sql = "SELECT name FROM customers WHERE city = 'New York'";
    s.sources.examples = {pair};
    BOOST_TEST(!holds(ask::make_documents(s.sources), "New York"), "nor in the statement of a pair");
    s.sources.with_values = true;
    BOOST_TEST(holds(ask::make_documents(s.sources), "city = 'New York'"));
}

BOOST_AUTO_TEST_CASE(a_very_long_text_is_cut_between_characters) {
    scene s;
    ask::term t;
    t.id = new_id();
    t.name = "long";
    for (int i = 0; i < 5000; ++i)
        t.description += "\xc3\xa4";
    s.sources.terms = {t};
    for (auto const& d : ask::make_documents(s.sources)) {
        BOOST_TEST(d.text.size() <= 8000u);
        if (d.kind == ask::document_kind::term) BOOST_TEST(static_cast<unsigned char>(d.text.back()) == 0xa4);
    }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vanna
