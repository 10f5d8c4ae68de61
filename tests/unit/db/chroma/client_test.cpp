#include "db/chroma/client.hpp"

#include <boost/test/unit_test.hpp>

#include "db/chroma/names.hpp"
#include "tests/support/fake_chroma.hpp"
#include "tests/support/run_coroutine.hpp"

namespace vanna {
namespace {

deadline soon() {
    return after(std::chrono::seconds(5));
}

std::vector<chroma::record> records(std::size_t n) {
    std::vector<chroma::record> out;
    for (std::size_t i = 0; i < n; ++i)
        out.push_back({"id" + std::to_string(i), "text", {{"kind", "ddl"}}, {float(i), 1}});
    return out;
}

// Always says the same.
struct constant : chroma::transport {
    chroma::reply what;
    explicit constant(chroma::reply r) : what(std::move(r)) {}
    awaitable<result<chroma::reply>> send(std::string, std::string, std::string, deadline) override {
        co_return what;
    }
};

errc failure_of(int status, std::string body) {
    errc code{};
    test::run_coroutine([&]() -> awaitable<void> {
        chroma::client c(std::make_unique<constant>(chroma::reply{status, body}));
        auto const got = co_await c.get("some_name", soon());
        BOOST_REQUIRE(!got);
        code = got.error().code;
    });
    return code;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(chroma_client)

BOOST_AUTO_TEST_CASE(collections_are_made_with_cosine_found_by_name_and_dropped_by_name) {
    test::fake_chroma server;
    test::run_coroutine([&]() -> awaitable<void> {
        chroma::client c(test::transport_to(server));
        auto const made = (co_await c.create("knowledge_1", {{"fingerprint", "f"}}, soon())).value();
        BOOST_TEST(made.name == "knowledge_1");
        BOOST_TEST(made.metadata.at("fingerprint").as_string() == "f");
        BOOST_TEST((co_await c.get("knowledge_1", soon())).value().id == made.id);
        BOOST_TEST((co_await c.collections(soon())).value().size() == 1u);
        auto const again = co_await c.create("knowledge_1", {}, soon());
        BOOST_TEST((again.error().code == errc::conflict));
        BOOST_TEST(bool(co_await c.drop("knowledge_1", soon())));
        auto const gone = co_await c.get("knowledge_1", soon());
        BOOST_TEST((gone.error().code == errc::not_found));
    });
}

BOOST_AUTO_TEST_CASE(records_go_in_batches_no_larger_than_the_server_takes) {
    test::fake_chroma server;
    server.max_batch = 7;
    test::run_coroutine([&]() -> awaitable<void> {
        chroma::client c(test::transport_to(server));
        auto const id = (co_await c.create("knowledge_1", {}, soon())).value().id;
        BOOST_TEST(bool(co_await c.upsert(id, records(15), 100, soon())));
        BOOST_TEST((co_await c.count(id, soon())).value() == 15u);
        BOOST_TEST(server.called("/upsert") == 3u);
        BOOST_TEST(server.called("/pre-flight-checks") == 1u);
        BOOST_TEST(bool(co_await c.upsert(id, records(15), 5, soon())));
        BOOST_TEST(server.called("/upsert") == 6u);
        BOOST_TEST((co_await c.count(id, soon())).value() == 15u);
        BOOST_TEST(bool(co_await c.upsert(id, {}, 5, soon())));
        BOOST_TEST(server.called("/upsert") == 6u);
    });
}

BOOST_AUTO_TEST_CASE(pages_hold_documents_metadata_and_on_request_embeddings) {
    test::fake_chroma server;
    test::run_coroutine([&]() -> awaitable<void> {
        chroma::client c(test::transport_to(server));
        auto const id = (co_await c.create("knowledge_1", {}, soon())).value().id;
        (void)co_await c.upsert(id, records(5), 100, soon());
        auto const plain = (co_await c.page(id, {2, 3}, soon())).value();
        BOOST_REQUIRE(plain.size() == 2u);
        BOOST_TEST(plain[0].id == "id3");
        BOOST_TEST(plain[0].embedding.empty());
        auto const full = (co_await c.by_ids(id, {"id4"}, true, soon())).value();
        BOOST_REQUIRE(full.size() == 1u);
        BOOST_TEST((full[0].embedding == ask::embedding{4, 1}));
        BOOST_TEST((co_await c.by_ids(id, {}, true, soon())).value().empty());
        BOOST_TEST(bool(co_await c.remove(id, {"id0", "id1"}, soon())));
        BOOST_TEST((co_await c.count(id, soon())).value() == 3u);
    });
}

BOOST_AUTO_TEST_CASE(neighbours_come_with_cosine_similarity_best_first) {
    test::fake_chroma server;
    test::run_coroutine([&]() -> awaitable<void> {
        chroma::client c(test::transport_to(server));
        auto const id = (co_await c.create("knowledge_1", {}, soon())).value().id;
        (void)co_await c.upsert(
            id, {{"a", "x", {{"kind", "ddl"}}, {1, 0}}, {"b", "y", {{"kind", "term"}}, {0, 1}}}, 100, soon());
        auto const near = (co_await c.nearest(id, {0, 2}, 10, {}, soon())).value();
        BOOST_REQUIRE(near.size() == 2u);
        BOOST_TEST(near[0].found.id == "b");
        BOOST_TEST(near[0].similarity == 1, boost::test_tools::tolerance(1e-6));
        auto const terms = (co_await c.nearest(id, {1, 0}, 10, {{"kind", "term"}}, soon())).value();
        BOOST_REQUIRE(terms.size() == 1u);
        BOOST_TEST(terms[0].found.id == "b");
    });
}

BOOST_AUTO_TEST_CASE(the_servers_refusals_have_a_meaning_here) {
    BOOST_TEST((failure_of(404, R"({"error":"NotFoundError","message":"m"})") == errc::not_found));
    BOOST_TEST((failure_of(409, "{}") == errc::conflict));
    BOOST_TEST(
        (failure_of(400, R"({"message":"Collection expecting embedding with dimension of 3, got 2"})") ==
         errc::invalid_input));
    BOOST_TEST((failure_of(422, "") == errc::invalid_input));
    BOOST_TEST((failure_of(413, "too large") == errc::too_large));
    BOOST_TEST((failure_of(500, "<html>") == errc::unavailable));
    BOOST_TEST((failure_of(302, "") == errc::unavailable));
}

BOOST_AUTO_TEST_CASE(an_answer_of_another_shape_is_not_believed) {
    for (auto body : {"", "null", "[]", "7", "{", R"({"id":"x"})", "\xff\xfe"})
        BOOST_TEST((failure_of(200, body) == errc::unavailable), body);
    test::run_coroutine([&]() -> awaitable<void> {
        for (auto body : {R"({"ids":[["a"]],"distances":[[]]})", R"({"ids":[]})",
                          R"({"ids":[["a"]],"distances":[[1]],"documents":[["x","y"]]})"}) {
            chroma::client c(std::make_unique<constant>(chroma::reply{200, body}));
            auto const near = co_await c.nearest("id", {1}, 1, {}, soon());
            BOOST_TEST(!near, body);
        }
        chroma::client c(
            std::make_unique<constant>(chroma::reply{200, R"({"ids":["a","b"],"documents":["x"]})"}));
        BOOST_TEST(!(co_await c.page("id", {}, soon())));
    });
}

BOOST_AUTO_TEST_CASE(names_are_checked_before_anything_is_sent) {
    for (auto good : {"abc", "a.b", "vanna_knowledge_12", "A-1"})
        BOOST_TEST(chroma::is_valid_name(good), good);
    for (auto bad : {"", "ab", "_abc", "abc_", "a..b", "a b c", "a/b", "127.0.0.1",
                     "\xc3\xa4\xc3\xa4\xc3\xa4", "../../x"})
        BOOST_TEST(!chroma::is_valid_name(bad), bad);
    BOOST_TEST(!chroma::is_valid_name(std::string(513, 'a')));
    BOOST_TEST(chroma::is_valid_name(std::string(512, 'a')));
    test::fake_chroma server;
    test::run_coroutine([&]() -> awaitable<void> {
        chroma::client c(test::transport_to(server));
        auto const refused = co_await c.get("../x", soon());
        BOOST_TEST((refused.error().code == errc::invalid_input));
        BOOST_TEST(!(co_await c.create("a", {}, soon())));
        BOOST_TEST(!(co_await c.drop("a b c", soon())));
        BOOST_TEST(server.calls.empty());
    });
}

BOOST_AUTO_TEST_CASE(generations_are_numbered_names) {
    BOOST_TEST(chroma::generation_name("vanna_knowledge", 3) == "vanna_knowledge_3");
    BOOST_TEST((chroma::generation_of("vanna_knowledge_12", "vanna_knowledge") == 12u));
    for (auto other : {"vanna_knowledge", "vanna_knowledge_", "vanna_knowledge_0", "vanna_knowledge_1x",
                       "vanna_knowledge_-1", "vanna_knowledge_01", "other_1", "vanna_knowledge_99999999999"})
        BOOST_TEST(!chroma::generation_of(other, "vanna_knowledge"), other);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vanna
