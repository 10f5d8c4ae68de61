#include <boost/test/unit_test.hpp>
#include <cstdlib>

#include "db/chroma/knowledge_base.hpp"
#include "tests/support/run_coroutine.hpp"

namespace vanna {
namespace {

deadline soon() {
    return after(std::chrono::seconds(20));
}

std::shared_ptr<chroma::client> connect(asio::io_context& io) {
    char const* const host = std::getenv("CHROMA_HOST");
    char const* const port = std::getenv("CHROMA_PORT");
    BOOST_REQUIRE_MESSAGE(host && port,
                          "CHROMA_HOST and CHROMA_PORT must name a ChromaDB server for these tests");
    return std::make_shared<chroma::client>(
        chroma::connect(io.get_executor(), host, std::uint16_t(std::atoi(port))));
}

std::string scratch_name() {
    return "test_" + to_string(new_id());
}

template <class F>
void with_chroma(F body) {
    test::run_coroutine([&](asio::io_context& io) -> awaitable<void> { co_await body(connect(io)); },
                        std::chrono::seconds(60));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(real_chroma)

BOOST_AUTO_TEST_CASE(collections_live_and_die_by_name) {
    with_chroma([](std::shared_ptr<chroma::client> c) -> awaitable<void> {
        BOOST_TEST(bool(co_await c->heartbeat(soon())));
        BOOST_TEST((co_await c->max_batch_size(soon())).value() > 100u);
        auto const name = scratch_name();
        auto const before = (co_await c->collections(soon())).value().size();
        auto const made =
            (co_await c->create(name, {{"fingerprint", "f/1"}, {"created_at", "2025-01-01"}}, soon()))
                .value();
        BOOST_TEST(!made.dimension);
        BOOST_TEST((co_await c->collections(soon())).value().size() == before + 1);
        auto const found = (co_await c->get(name, soon())).value();
        BOOST_TEST(found.id == made.id);
        BOOST_TEST(found.metadata.at("fingerprint").as_string() == "f/1");
        auto const again = co_await c->create(name, {}, soon());
        BOOST_TEST((again.error().code == errc::conflict));
        BOOST_TEST(bool(co_await c->drop(name, soon())));
        auto const gone = co_await c->get(name, soon());
        BOOST_TEST((gone.error().code == errc::not_found));
        auto const twice = co_await c->drop(name, soon());
        BOOST_TEST((twice.error().code == errc::not_found));
        auto const count = co_await c->count(made.id, soon());
        BOOST_TEST((count.error().code == errc::not_found));
    });
}

BOOST_AUTO_TEST_CASE(records_are_replaced_paged_and_removed) {
    with_chroma([](std::shared_ptr<chroma::client> c) -> awaitable<void> {
        auto const name = scratch_name();
        auto const id = (co_await c->create(name, {}, soon())).value().id;
        std::vector<chroma::record> records;
        for (int i = 0; i < 250; ++i) {
            ask::embedding v(384, 0.0f);
            v[std::size_t(i)] = 1;
            records.push_back({"r" + std::to_string(i),
                               "text " + std::to_string(i),
                               {{"kind", i % 2 ? "ddl" : "term"}},
                               v});
        }
        BOOST_TEST(bool(co_await c->upsert(id, records, 100, soon())));
        BOOST_TEST(bool(co_await c->upsert(id, records, 100, soon())));
        BOOST_TEST((co_await c->count(id, soon())).value() == 250u);
        auto const page = (co_await c->page(id, {20, 240, true}, soon())).value();
        BOOST_REQUIRE(page.size() == 10u);
        BOOST_TEST(page[0].id == "r240");
        BOOST_TEST((page[0].embedding == records[240].embedding));
        BOOST_TEST(
            (co_await c->page(id, {.limit = 200, .where = {{"kind", "ddl"}}}, soon())).value().size() ==
            125u);
        BOOST_TEST((co_await c->by_ids(id, {"r1", "r2", "nothing"}, false, soon())).value().size() == 2u);
        BOOST_TEST(bool(co_await c->remove(id, {"r1", "nothing"}, soon())));
        BOOST_TEST((co_await c->count(id, soon())).value() == 249u);
        auto const short_vector = co_await c->upsert(id, {{"x", "x", {}, {1, 2}}}, 10, soon());
        BOOST_TEST((short_vector.error().code == errc::invalid_input));
        BOOST_TEST(bool(co_await c->drop(name, soon())));
    });
}

BOOST_AUTO_TEST_CASE(distance_is_cosine_whatever_the_length) {
    with_chroma([](std::shared_ptr<chroma::client> c) -> awaitable<void> {
        auto const name = scratch_name();
        auto const id = (co_await c->create(name, {}, soon())).value().id;
        (void)co_await c->upsert(
            id, {{"same", "s", {}, {3, 0}}, {"other", "o", {}, {0, 1}}, {"between", "b", {}, {1, 1}}}, 10,
            soon());
        auto const near = (co_await c->nearest(id, {10, 0}, 3, {}, soon())).value();
        BOOST_REQUIRE(near.size() == 3u);
        BOOST_TEST(near[0].found.id == "same");
        BOOST_TEST(near[0].similarity == 1, boost::test_tools::tolerance(1e-4));
        BOOST_TEST(near[1].similarity == 0.7071, boost::test_tools::tolerance(1e-3));
        BOOST_TEST(std::abs(near[2].similarity) < 1e-4);
        BOOST_TEST(bool(co_await c->drop(name, soon())));
    });
}

BOOST_AUTO_TEST_CASE(the_knowledge_base_finds_what_was_put_into_it) {
    with_chroma([](std::shared_ptr<chroma::client> c) -> awaitable<void> {
        auto const name = scratch_name();
        auto const id = (co_await c->create(name, {}, soon())).value().id;
        std::vector<ask::document> const documents{
            {"1", ask::document_kind::ddl, "CREATE TABLE customers (city)", "customers", ""},
            {"2", ask::document_kind::ddl, "CREATE TABLE invoices (amount)", "invoices", ""},
            {"3", ask::document_kind::values, "Values of customers.city: Berlin, Paris", "customers", ""}};
        std::vector<chroma::record> records;
        for (auto const& d : documents) {
            records.push_back(chroma::to_record(d));
            records.back().embedding = ask::builtin_embedding(d.text);
        }
        BOOST_REQUIRE(bool(co_await c->upsert(id, records, 100, soon())));
        std::shared_ptr<ask::embedder> const embedder = ask::create_builtin_embedder();
        chroma::knowledge_base base(
            c, embedder, [&] { return replica::knowledge_state{name, embedder->fingerprint(), "v", 1}; });
        auto const hits = (co_await base.retrieve("customers in Paris", 1, soon())).value();
        BOOST_REQUIRE(hits.size() == 2u);
        BOOST_TEST(hits[0].found.subject == "customers");
        BOOST_TEST((hits[1].found.kind == ask::document_kind::values));
        BOOST_TEST(hits[1].similarity > 0.3);
        BOOST_TEST((co_await base.counts(soon())).value().documents == 3u);
        BOOST_TEST(bool(co_await c->drop(name, soon())));
    });
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vanna
