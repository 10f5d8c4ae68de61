#include "jobs/archive/sealed_value.hpp"

#include <boost/test/unit_test.hpp>

#include "tests/unit/jobs/archive/sample.hpp"

namespace vanna::jobs::archive {

BOOST_AUTO_TEST_SUITE(sealed_values)

BOOST_AUTO_TEST_CASE(a_value_is_opened_with_its_key_and_shows_nothing_of_itself) {
    auto const keys = keys_from(settings_with("the key"));
    for (auto const& value : {std::string("sk-secret"), std::string(), std::string(4096, 'x')}) {
        auto const sealed = seal_value(*keys.configuration, "LLM_API_KEY", value);
        BOOST_TEST(sealed.find("sk-secret") == std::string::npos);
        BOOST_TEST(sealed != seal_value(*keys.configuration, "LLM_API_KEY", value));
        BOOST_TEST(open_value(keys, "LLM_API_KEY", sealed).value() == value);
    }
}

BOOST_AUTO_TEST_CASE(after_a_rotation_the_previous_key_still_opens_it_and_without_it_nobody_does) {
    auto const sealed =
        seal_value(*keys_from(settings_with("old")).configuration, "LLM_API_KEY", "sk-secret");
    auto s = settings_with("new");
    auto const refused = open_value(keys_from(s), "LLM_API_KEY", sealed);
    BOOST_REQUIRE(!refused);
    BOOST_TEST(refused.error().message.find("ENCRYPTION_PREVIOUS_KEY") != std::string::npos);
    s.encryption_previous_key = "old";
    BOOST_TEST(open_value(keys_from(s), "LLM_API_KEY", sealed).value() == "sk-secret");
    BOOST_TEST(!open_value(keys_from(settings_with("")), "LLM_API_KEY", sealed));
}

BOOST_AUTO_TEST_CASE(one_that_was_changed_cut_off_moved_to_another_name_or_never_sealed_is_refused) {
    auto const keys = keys_from(settings_with("the key"));
    auto const sealed = seal_value(*keys.configuration, "LLM_API_KEY", "sk-secret");
    BOOST_TEST(!open_value(keys, "EMBEDDING_API_KEY", sealed));
    for (std::size_t n = 0; n < sealed.size(); ++n)
        BOOST_TEST(!open_value(keys, "LLM_API_KEY", sealed.substr(0, n)));
    for (std::size_t i = 0; i + 2 < sealed.size(); ++i) {
        auto changed = sealed;
        changed[i] = changed[i] == 'A' ? 'B' : 'A';
        BOOST_TEST(!open_value(keys, "LLM_API_KEY", changed));
    }
    for (auto const* text : {"", "sk-secret", "sealed1:", "sealed1:0123456789abcdef:"})
        BOOST_TEST(!open_value(keys, "LLM_API_KEY", text));
}

BOOST_AUTO_TEST_CASE(its_key_is_not_that_of_backups) {
    auto const keys = keys_from(settings_with("the key"));
    BOOST_TEST(keys.configuration->bytes != keys.encryption->bytes);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vanna::jobs::archive
