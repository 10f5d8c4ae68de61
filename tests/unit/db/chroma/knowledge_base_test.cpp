#include "db/chroma/knowledge_base.hpp"

#include <boost/test/unit_test.hpp>

#include "tests/support/fake_chroma.hpp"
#include "tests/support/run_coroutine.hpp"

namespace vanna {
namespace {

deadline soon() {
    return after(std::chrono::seconds(5));
}

struct scene {
    test::fake_chroma server;
    std::shared_ptr<chroma::client> client = std::make_shared<chroma::client>(test::transport_to(server));
    std::shared_ptr<ask::embedder> embedder = ask::create_builtin_embedder();
    replica::knowledge_state state;

    awaitable<std::string> fill(std::string name, std::vector<ask::document> documents) {
        auto const id = (co_await client->create(name, {}, soon())).value().id;
        std::vector<chroma::record> records;
        for (auto const& d : documents) {
            records.push_back(chroma::to_record(d));
            records.back().embedding = ask::builtin_embedding(d.text);
        }
        BOOST_REQUIRE(bool(co_await client->upsert(id, records, 100, soon())));
        co_return id;
    }
    chroma::knowledge_base base(chroma::knowledge_base::reread_state reread = {}) {
        return {client, embedder, [this] { return state; }, std::move(reread)};
    }
};

std::vector<ask::document> some() {
    return {{"1", ask::document_kind::ddl, "CREATE TABLE customers (customer_id, city)", "customers", ""},
            {"2", ask::document_kind::ddl, "CREATE TABLE invoices (invoice_id, amount)", "invoices", ""},
            {"3", ask::document_kind::term, "revenue: the value of invoices", "revenue", "t"},
            {"4", ask::document_kind::example, "How many customers are there?\nSELECT 1",
             "How many customers are there?", "e"}};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(knowledge_base)

BOOST_AUTO_TEST_CASE(the_nearest_of_each_kind_are_found_best_first) {
    scene s;
    test::run_coroutine([&]() -> awaitable<void> {
        co_await s.fill("k_1", some());
        s.state = {"k_1", s.embedder->fingerprint(), "v", 1};
        auto base = s.base();
        auto const hits = (co_await base.retrieve("customers by city", 1, soon())).value();
        BOOST_REQUIRE(hits.size() == 3u);
        BOOST_TEST(hits[0].found.subject == "customers");
        BOOST_TEST(hits[0].found.id == "1");
        BOOST_TEST((hits[1].found.kind == ask::document_kind::term));
        BOOST_TEST(hits[1].found.reference == "t");
        auto const best = (co_await base.nearest("customers by city", 2, "", soon())).value();
        BOOST_REQUIRE(best.size() == 2u);
        BOOST_TEST(best[0].similarity >= best[1].similarity);
        auto const terms = (co_await base.nearest("customers by city", 2, "term", soon())).value();
        BOOST_REQUIRE(terms.size() == 1u);
        BOOST_TEST(terms[0].found.id == "3");
    });
}

BOOST_AUTO_TEST_CASE(an_untrained_base_and_another_embedder_are_told_apart) {
    scene s;
    test::run_coroutine([&]() -> awaitable<void> {
        auto base = s.base();
        auto const never = co_await base.retrieve("q", 1, soon());
        BOOST_TEST((never.error().code == errc::not_found));
        s.state = {"k_1", "http/other/768", "v", 1};
        auto const other = co_await base.retrieve("q", 1, soon());
        BOOST_TEST((other.error().code == errc::conflict));
        BOOST_TEST(other.error().message.find("train it again") != std::string::npos);
        co_await s.fill("k_1", some());
        BOOST_TEST((co_await base.counts(soon())).value().documents == 4u, "yet it can be looked at");
    });
}

BOOST_AUTO_TEST_CASE(a_collection_that_is_gone_makes_it_read_the_row_again) {
    scene s;
    test::run_coroutine([&]() -> awaitable<void> {
        co_await s.fill("k_1", some());
        s.state = {"k_1", s.embedder->fingerprint(), "v", 1};
        int rereads = 0;
        auto base = s.base([&](deadline) -> awaitable<result<replica::knowledge_state>> {
            ++rereads;
            auto next = s.state;
            next.collection = "k_2";
            co_return next;
        });
        BOOST_TEST(bool(co_await base.retrieve("customers", 1, soon())));
        co_await s.fill("k_2", some());
        BOOST_REQUIRE(bool(co_await s.client->drop("k_1", soon())));
        auto const found = co_await base.retrieve("customers", 1, soon());
        BOOST_TEST(bool(found));
        BOOST_TEST(rereads == 1);
        auto anew = s.base([&](deadline) -> awaitable<result<replica::knowledge_state>> {
            auto next = s.state;
            next.collection = "k_2";
            co_return next;
        });
        BOOST_TEST((co_await anew.page(10, 0, "", soon())).value().collection == "k_2",
                   "also where nothing was asked before");
    });
}

BOOST_AUTO_TEST_CASE(a_server_that_is_away_is_unavailable) {
    scene s;
    s.server.fail_after = 0;
    s.state = {"k_1", s.embedder->fingerprint(), "v", 1};
    test::run_coroutine([&]() -> awaitable<void> {
        auto base = s.base();
        auto const away = co_await base.retrieve("q", 1, soon());
        BOOST_TEST((away.error().code == errc::unavailable));
    });
}

BOOST_AUTO_TEST_CASE(a_kind_crowded_out_by_another_is_still_found) {
    scene s;
    std::vector<ask::document> many;
    for (int i = 0; i < 300; ++i)
        many.push_back({"d" + std::to_string(i), ask::document_kind::documentation,
                        "customers and cities " + std::to_string(i), "customers", ""});
    many.push_back({"t", ask::document_kind::term, "warehouse pallets", "pallets", ""});
    test::run_coroutine([&]() -> awaitable<void> {
        co_await s.fill("k_1", many);
        s.state = {"k_1", s.embedder->fingerprint(), "v", 1};
        auto base = s.base();
        auto const hits = (co_await base.retrieve("customers and cities", 2, soon())).value();
        BOOST_REQUIRE(hits.size() == 3u);
        BOOST_TEST(hits[2].found.id == "t");
        auto const counts = (co_await base.counts(soon())).value();
        BOOST_TEST(counts.documents == 301u);
        BOOST_TEST(counts.by_kind.at("term") == 1u);
        BOOST_TEST((co_await base.page(10, 295, "documentation", soon())).value().documents.size() == 5u);
    });
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vanna
