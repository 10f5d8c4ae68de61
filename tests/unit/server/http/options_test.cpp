#include "server/http/options.hpp"

#include <boost/test/unit_test.hpp>

namespace vanna::http {
namespace {

config::settings with(std::initializer_list<std::pair<char const*, char const*>> values) {
    config::sources from;
    for (auto const& [name, value] : values)
        from.environment[name] = value;
    return config::load(from).values;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(http_options)

BOOST_AUTO_TEST_CASE(settings_become_options) {
    auto const o = options_from(with({{"HOST", "::1"},
                                      {"PORT", "8001"},
                                      {"MAX_CONNECTIONS", "5000"},
                                      {"MAX_BODY_BYTES", "2 MiB"},
                                      {"TRUSTED_PROXIES", "10.0.0.0/8, ::1"},
                                      {"CORS_ORIGINS", "https://a.example/, http://b:1"}}),
                                100'000);
    BOOST_REQUIRE(o);
    BOOST_TEST(o->host == "::1");
    BOOST_TEST(o->port == 8001);
    BOOST_TEST(o->most_connections == 5000u);
    BOOST_TEST(o->most_body == 2u * 1024 * 1024);
    BOOST_TEST(o->trusted_proxies.size() == 2u);
    BOOST_REQUIRE(o->cors_origins.size() == 2u);
    BOOST_TEST(o->cors_origins[0] == "https://a.example");
}

BOOST_AUTO_TEST_CASE(connections_stay_512_below_the_descriptors) {
    BOOST_TEST(options_from(with({}), 4096)->most_connections == 4096u - 512u);
    BOOST_TEST(options_from(with({}), 1'000'000)->most_connections == 20'000u);
}

BOOST_AUTO_TEST_CASE(a_wrong_value_is_named) {
    for (auto const& [name, value] :
         {std::pair("TRUSTED_PROXIES", "10.0.0.0/33"), std::pair("TRUSTED_PROXIES", "proxy"),
          std::pair("CORS_ORIGINS", "app.example.com"), std::pair("CORS_ORIGINS", "https://"),
          std::pair("CORS_ORIGINS", "https://app.example.com/path")}) {
        auto const o = options_from(with({{name, value}}), 4096);
        BOOST_REQUIRE(!o);
        BOOST_REQUIRE(o.error().fields.size() == 1u);
        BOOST_TEST(o.error().fields[0].field == name);
    }
    auto const both =
        options_from(with({{"TRUSTED_PROXIES", "proxy"}, {"CORS_ORIGINS", "app.example.com"}}), 4096);
    BOOST_TEST(both.error().fields.size() == 2u);
}

BOOST_AUTO_TEST_CASE(host_is_an_address_or_a_name_of_one) {
    BOOST_TEST(listening_address("0.0.0.0")->to_string() == "0.0.0.0");
    BOOST_TEST(listening_address("::1")->to_string() == "::1");
    BOOST_TEST(listening_address("localhost")->to_string() == "127.0.0.1");
    BOOST_TEST((listening_address("no-such-host.invalid").error().code == errc::invalid_input));
    BOOST_TEST((listening_address("127.0.0.256").error().code == errc::invalid_input));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vanna::http
