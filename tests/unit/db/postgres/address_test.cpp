#include "db/postgres/address.hpp"

#include "tests/support/run_coroutine.hpp"

namespace vanna::postgres {
namespace {

std::string word(std::string const& url, std::string_view name, std::chrono::milliseconds timeout = {}) {
    std::string out;
    test::run_coroutine([&]() -> awaitable<void> {
        auto const parsed = address::parse(url, timeout);
        BOOST_REQUIRE(parsed);
        auto const words = co_await parsed->resolve(after(std::chrono::seconds(5)));
        BOOST_REQUIRE_MESSAGE(words, words.error().detail);
        int times = 0;
        for (auto const& [key, value] : *words)
            if (key == name) {
                out = value;
                ++times;
            }
        BOOST_TEST(times <= 1);
    });
    return out;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(postgres_address)

BOOST_AUTO_TEST_CASE(a_port_that_cannot_be_is_refused) {
    for (auto bad : {"postgresql://h:99999/db", "postgresql://h:0/db", "postgresql://a:1,b:70000/db"}) {
        auto const parsed = address::parse(bad);
        BOOST_REQUIRE(!parsed);
        BOOST_TEST((parsed.error().code == errc::invalid_input));
    }
    BOOST_TEST(address::parse("postgresql://a:1,b/db").has_value());
}

BOOST_AUTO_TEST_CASE(the_parts_of_an_address_reach_libpq_once_each) {
    constexpr char url[] =
        "postgresql://us%40er:p%2Fw@127.0.0.1:6543/my%20db?sslmode=require&options=-c%20geqo%3Doff";
    BOOST_TEST(word(url, "user") == "us@er");
    BOOST_TEST(word(url, "password") == "p/w");
    BOOST_TEST(word(url, "host") == "127.0.0.1");
    BOOST_TEST(word(url, "hostaddr") == "127.0.0.1");
    BOOST_TEST(word(url, "port") == "6543");
    BOOST_TEST(word(url, "dbname") == "my db");
    BOOST_TEST(word(url, "sslmode") == "require");
    BOOST_TEST(word(url, "application_name") == "vanna-engine");
    BOOST_TEST(word(url, "options", std::chrono::seconds(5)).starts_with("-c geqo=off "));
    BOOST_TEST(word(url, "options", std::chrono::seconds(5)).ends_with("statement_timeout=5000"));
}

BOOST_AUTO_TEST_CASE(sockets_and_lists_of_hosts_keep_their_places) {
    BOOST_TEST(word("postgresql:///db?host=/run/postgresql", "hostaddr") == "");
    BOOST_TEST(word("postgresql://10.0.0.1:5,[::1]:6/db", "hostaddr") == "10.0.0.1,::1");
    BOOST_TEST(word("postgresql://10.0.0.1:5,[::1]:6/db", "port") == "5,6");
    BOOST_TEST(word("postgresql://10.0.0.1,10.0.0.2/db", "port") == "5432,5432");
    BOOST_TEST(word("postgresql://name.invalid/db?hostaddr=10.0.0.3", "hostaddr") == "10.0.0.3");
    BOOST_TEST(word("postgresql://name.invalid/db?hostaddr=10.0.0.3", "host") == "name.invalid");
}

BOOST_AUTO_TEST_CASE(what_is_no_address_is_refused_and_none_is_shown_with_its_password) {
    BOOST_TEST(!address::parse("mysql://x/y"));
    BOOST_TEST(!address::parse("postgresql://h/db?no_such_word=1"));
    BOOST_TEST(address::parse("postgresql://u:secret@h:1/db")->display() == "h:1/db");
    BOOST_TEST(address::parse("postgresql://u@h")->database() == "u");
    auto const service = address::parse("postgresql:///?service=prod");
    BOOST_REQUIRE(!service);
    BOOST_TEST(service.error().message.find("\"prod\"") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(programs_of_postgresql_find_the_same_address_in_their_environment) {
    auto const where = address::parse(
        "postgresql://us%40er:p%2Fw@a:6543,b/"
        "my%20db?sslmode=require&keepalives_idle=5&options=-c%20geqo%3Doff");
    BOOST_REQUIRE(where);
    auto const words = where->environment();
    BOOST_REQUIRE_MESSAGE(words, words.error().message);
    for (auto const& [name, value] : std::map<std::string, std::string>{{"PGUSER", "us@er"},
                                                                        {"PGPASSWORD", "p/w"},
                                                                        {"PGHOST", "a,b"},
                                                                        {"PGPORT", "6543,"},
                                                                        {"PGDATABASE", "my db"},
                                                                        {"PGSSLMODE", "require"},
                                                                        {"PGOPTIONS", "-c geqo=off"}})
        BOOST_TEST((words->contains(name) && words->at(name) == value), name);
}

BOOST_AUTO_TEST_CASE(another_login_and_database_leave_nothing_of_the_first_in_the_environment) {
    auto const where = address::parse("postgresql://owner:secret@h/live?passfile=/p&sslmode=require")
                           ->with_login("guest", "word")
                           .with_database("scratch");
    auto const words = where.environment();
    BOOST_REQUIRE(words);
    BOOST_TEST(words->at("PGUSER") == "guest");
    BOOST_TEST(words->at("PGPASSWORD") == "word");
    BOOST_TEST(words->at("PGDATABASE") == "scratch");
    BOOST_TEST(words->at("PGSSLMODE") == "require");
    BOOST_TEST(where.user() == "guest");
    for (auto const& [name, value] : *words)
        BOOST_TEST((value != "secret" && value != "/p" && value != "live"), name);
}

BOOST_AUTO_TEST_CASE(an_address_without_host_and_port_is_the_same_one_to_a_program) {
    auto const words = address::parse("postgresql:///db")->environment();
    BOOST_REQUIRE(words);
    BOOST_TEST(words->at("PGHOST") == "localhost");
    BOOST_TEST(words->at("PGPORT") == "5432");
}

BOOST_AUTO_TEST_CASE(what_no_variable_can_tell_a_program_is_refused_by_name) {
    auto const words = address::parse("postgresql://h/db?sslpassword=x")->environment();
    BOOST_REQUIRE(!words);
    BOOST_TEST(words.error().message.find("sslpassword") != std::string::npos);
    BOOST_TEST(words.error().message.find("=x") == std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vanna::postgres
