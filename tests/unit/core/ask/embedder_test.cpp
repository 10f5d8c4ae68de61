#include "core/ask/embedder.hpp"

#include <boost/test/unit_test.hpp>
#include <cmath>

#include "tests/support/run_coroutine.hpp"

namespace vanna {

BOOST_AUTO_TEST_SUITE(builtin_embedder)

BOOST_AUTO_TEST_CASE(vectors_have_length_one_and_the_stated_dimension) {
    auto const made = ask::create_builtin_embedder();
    BOOST_TEST(made->dimension() == 384u);
    auto const v = ask::builtin_embedding("How many customers bought CustomerOrders last year?");
    double squares = 0;
    for (auto x : v)
        squares += double(x) * x;
    BOOST_TEST(v.size() == 384u);
    BOOST_TEST(std::abs(squares - 1) < 1e-5);
}

BOOST_AUTO_TEST_CASE(identifiers_and_plain_words_lie_near_each_other) {
    auto const near = ask::similarity(ask::builtin_embedding("customer order dates"),
                                      ask::builtin_embedding("CustomerOrder_Date"));
    auto const far = ask::similarity(ask::builtin_embedding("customer order dates"),
                                     ask::builtin_embedding("warehouse pallets"));
    BOOST_TEST(near > 0.8);
    BOOST_TEST(far < 0.3);
}

BOOST_AUTO_TEST_CASE(a_text_without_letters_is_the_zero_vector_and_like_nothing) {
    auto const nothing = ask::builtin_embedding("?!,;");
    BOOST_TEST(ask::similarity(nothing, nothing) == 0);
    BOOST_TEST(ask::similarity(nothing, ask::builtin_embedding("x")) == 0);
}

BOOST_AUTO_TEST_CASE(the_vectors_are_the_same_on_every_machine) {
    // Golden values: when they change, raise `version` in embedder.cpp, so that collections are made anew.
    auto const v = ask::builtin_embedding("revenue by region");
    std::string where;
    for (std::size_t i = 0; i < v.size(); ++i)
        if (v[i] != 0)
            where += std::to_string(i) + ":" + std::to_string(std::lround(double(v[i]) * 10000)) + " ";
    BOOST_TEST(where ==
               "46:724 50:-724 80:-724 86:-4341 95:4341 110:-724 171:-724 175:724 176:724 211:-724 228:-2894 "
               "234:2171 268:2894 298:2171 307:-724 318:-1447 332:724 338:-4341 343:724 365:-2894 370:-724 "
               "377:724 ");
    BOOST_TEST(ask::create_builtin_embedder()->fingerprint() == "builtin/hashed-words-v1/384");
}

BOOST_AUTO_TEST_CASE(one_vector_a_text_in_order) {
    test::run_coroutine([]() -> awaitable<void> {
        auto const made = ask::create_builtin_embedder();
        auto const all = (co_await made->embed({"a b", "", "c d"}, after(std::chrono::seconds(1)))).value();
        BOOST_TEST(all.size() == 3u);
        BOOST_TEST((all[2] == ask::builtin_embedding("c d")));
    });
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vanna
