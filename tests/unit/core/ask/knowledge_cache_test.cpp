#include "core/ask/knowledge_cache.hpp"

#include <boost/test/unit_test.hpp>

#include "core/async/task_group.hpp"
#include "tests/support/fake_knowledge.hpp"
#include "tests/support/run_coroutine.hpp"

namespace vanna {
namespace {

struct scene {
    test::fake_knowledge store;
    ask::knowledge_cache cache;

    scene() {
        store.stored_terms = {{new_id(), "revenue", "what was sold", "orders.total_amount", "", {}}};
        store.stored_examples = {{.id = new_id(), .question = "q", .sql = "SELECT 1", .state = "approved"}};
    }
    awaitable<ask::knowledge_cache::content> current() {
        return cache.current(store, after(std::chrono::seconds(1)));
    }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(knowledge_cache)

BOOST_AUTO_TEST_CASE(what_has_not_changed_is_not_read_again_and_keeps_its_address) {
    scene s;
    test::run_coroutine([&]() -> awaitable<void> {
        auto const first = co_await s.current();
        BOOST_TEST(first.terms->size() == 1u);
        s.cache.forget();
        auto const second = co_await s.current();
        BOOST_TEST(s.store.looks == 2);
        BOOST_TEST(s.store.reads == 1);
        BOOST_TEST(first.terms == second.terms);
        BOOST_TEST(first.examples == second.examples);
    });
}

BOOST_AUTO_TEST_CASE(a_change_of_the_terms_leaves_the_pairs_where_they_are) {
    scene s;
    test::run_coroutine([&]() -> awaitable<void> {
        auto const first = co_await s.current();
        s.store.stored_terms[0].owner = "finance";
        s.store.version = "2";
        s.cache.forget();
        auto const second = co_await s.current();
        BOOST_TEST(first.terms != second.terms);
        BOOST_TEST(second.terms->at(0).owner == "finance");
        BOOST_TEST(first.examples == second.examples);
    });
}

BOOST_AUTO_TEST_CASE(a_store_that_is_away_leaves_what_was_read_last) {
    scene s;
    test::run_coroutine([&]() -> awaitable<void> {
        auto const first = co_await s.current();
        s.store.away = true;
        s.cache.forget();
        auto const second = co_await s.current();
        BOOST_TEST(first.examples == second.examples);
    });
}

BOOST_AUTO_TEST_CASE(nobody_is_given_a_pair_that_was_rejected_while_it_was_being_read) {
    scene s;
    test::run_coroutine([&]() -> awaitable<void> {
        auto const executor = co_await asio::this_coro::executor;
        s.store.gate = std::make_shared<asio::steady_timer>(executor, std::chrono::hours(1));
        auto const held = s.store.gate;
        task_group group(executor);
        group.spawn("slow reader", [&]() -> awaitable<void> { (void)co_await s.current(); });
        while (s.store.reads == 0)
            co_await asio::post(executor, asio::use_awaitable);
        s.store.gate.reset();
        s.store.stored_terms.clear();
        s.store.stored_examples.clear();
        s.store.version = "2";
        s.cache.forget();
        BOOST_TEST((co_await s.current()).examples->empty());
        held->cancel();
        co_await group.wait();
        BOOST_TEST((co_await s.current()).examples->empty(), "a slow read of before brings nothing back");
        BOOST_TEST((co_await s.current()).terms->empty());
    });
}

BOOST_AUTO_TEST_CASE(the_first_to_ask_at_once_all_wait_for_the_first_read) {
    scene s;
    test::run_coroutine([&]() -> awaitable<void> {
        auto const executor = co_await asio::this_coro::executor;
        s.store.gate = std::make_shared<asio::steady_timer>(executor, std::chrono::hours(1));
        task_group group(executor);
        int with_pairs = 0;
        for (int i = 0; i < 3; ++i)
            group.spawn("asker", [&]() -> awaitable<void> {
                with_pairs += int((co_await s.current()).examples->size());
            });
        while (s.store.reads < 3)
            co_await asio::post(executor, asio::use_awaitable);
        s.store.gate->cancel();
        co_await group.wait();
        s.store.gate.reset();  // it must not outlive its context
        BOOST_TEST(with_pairs == 3);
    });
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vanna
