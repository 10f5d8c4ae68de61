#include "jobs/collection_builder.hpp"

#include <boost/test/unit_test.hpp>

#include "core/async/pause.hpp"
#include "jobs/store_call.hpp"
#include "tests/support/fake_chroma.hpp"
#include "tests/support/run_coroutine.hpp"
#include "tests/unit/jobs/counting_embedder.hpp"

namespace vanna {
namespace {

struct site {
    test::fake_chroma server;
    chroma::client client{test::transport_to(server)};
    test::counting_embedder embedder;
    jobs::collection_plan plan{.base_name = "base", .batch_size = 3};

    explicit site(std::size_t documents) {
        for (std::size_t i = 0; i < documents; ++i)
            plan.documents.push_back({"id" + std::to_string(i),
                                      ask::document_kind::term,
                                      "text number " + std::to_string(i),
                                      "subject",
                                      {}});
    }
    // Knows those of even number, by vectors of this dimension.
    void knows_every_second(std::size_t dimension) {
        plan.known = [dimension](std::vector<std::string> ids,
                                 deadline) -> awaitable<result<jobs::vectors_by_id>> {
            jobs::vectors_by_id out;
            for (auto const& id : ids)
                if ((id.back() - '0') % 2 == 0) out[id] = ask::embedding(dimension, 0.5f);
            co_return out;
        };
    }
    result<jobs::built_collection> build() {
        result<jobs::built_collection> out = error{};
        test::run_coroutine([&]() -> awaitable<void> {
            out = co_await jobs::build_collection(client, embedder, plan, after(std::chrono::seconds(5)));
        });
        return out;
    }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(collection_builder)

BOOST_AUTO_TEST_CASE(the_next_generation_lies_above_every_other_and_above_a_current_one_that_is_gone) {
    site s(2);
    s.server.collections["base_4"] = {};
    s.server.collections["base_x9"] = {};
    BOOST_TEST(s.build().value().made.name == "base_5");
    s.plan.current = "base_17";
    BOOST_TEST(s.build().value().made.name == "base_18");
}

BOOST_AUTO_TEST_CASE(known_vectors_are_used_again_and_the_others_embedded_in_whole_batches) {
    site s(8);
    s.knows_every_second(384);
    auto const built = s.build().value();
    BOOST_TEST(built.reused == 4u);
    BOOST_TEST(built.embedded == 4u);
    BOOST_TEST(s.embedder.texts == 4u);
    BOOST_TEST(s.embedder.calls == 2u, "of three and of one");
    BOOST_TEST(s.server.count_of("base_1") == 8u);
}

BOOST_AUTO_TEST_CASE(vectors_of_another_dimension_count_as_unknown) {
    site s(4);
    s.knows_every_second(3);
    BOOST_TEST(s.build().value().reused == 0u);
    BOOST_TEST(s.embedder.texts == 4u);
}

BOOST_AUTO_TEST_CASE(no_documents_make_an_empty_collection) {
    site s(0);
    BOOST_TEST(s.build().value().embedded == 0u);
    BOOST_TEST(s.server.count_of("base_1") == 0u);
}

BOOST_AUTO_TEST_CASE(what_was_built_goes_when_it_is_cancelled_between_batches) {
    site s(9);
    std::size_t written = 0;
    s.plan.progress = [&](std::size_t so_far, std::size_t of) {
        written = so_far;
        BOOST_TEST(of == 9u);
    };
    s.plan.cancelled = [&] { return written >= 6; };
    auto const built = s.build();
    BOOST_REQUIRE(!built);
    BOOST_TEST((built.error().code == errc::cancelled));
    BOOST_TEST(written == 6u);
    BOOST_TEST(s.server.collections.empty());
}

BOOST_AUTO_TEST_CASE(a_cancel_is_heard_while_a_call_hangs_and_what_was_built_goes) {
    site s(9);
    s.plan.stop = std::make_shared<sql::stop_flag>();
    s.plan.known = [stop = s.plan.stop](std::vector<std::string>,
                                        deadline) -> awaitable<result<jobs::vectors_by_id>> {
        stop->request(sql::stop_reason::requested);
        co_await pause_for(std::chrono::hours(1));
        co_return jobs::vectors_by_id{};
    };
    auto const built = s.build();
    BOOST_REQUIRE(!built);
    BOOST_TEST((built.error().code == errc::cancelled));
    BOOST_TEST(s.server.collections.empty());
}

BOOST_AUTO_TEST_CASE(a_call_may_take_a_minute_and_no_longer_than_the_job) {
    auto const minute = std::chrono::minutes(1);
    BOOST_TEST((jobs::call_limit(deadline::max()) <= after(minute)));
    BOOST_TEST((jobs::call_limit(deadline::max()) > after(minute / 2)));
    auto const soon = after(std::chrono::seconds(1));
    BOOST_TEST((jobs::call_limit(soon) == soon));
}

BOOST_AUTO_TEST_CASE(a_source_of_vectors_that_fails_ends_it) {
    site s(2);
    s.plan.known = [](std::vector<std::string>, deadline) -> awaitable<result<jobs::vectors_by_id>> {
        co_return error{errc::unavailable, public_text{"the archive cannot be read"}};
    };
    BOOST_TEST(s.build().error().message == "the archive cannot be read");
    BOOST_TEST(s.server.collections.empty());
}

BOOST_AUTO_TEST_CASE(the_vectors_of_a_collection_that_is_there_are_found_by_id) {
    site s(3);
    auto const built = s.build().value();
    auto const known = jobs::vectors_of(s.client, built.made.id);
    test::run_coroutine([&]() -> awaitable<void> {
        auto const found = co_await known({"id0", "id2", "nobody's"}, after(std::chrono::seconds(5)));
        BOOST_TEST(found.value().size() == 2u);
        BOOST_TEST((found.value().at("id2") == ask::builtin_embedding("text number 2")));
    });
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vanna
