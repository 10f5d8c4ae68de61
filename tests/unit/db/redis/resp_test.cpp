#include "db/redis/resp.hpp"

#include <boost/test/unit_test.hpp>

#include "db/redis/address.hpp"

namespace vanna::redis {
namespace {

using namespace std::literals;

std::string formatted(std::initializer_list<std::string_view> command) {
    std::string out;
    append_command(out, std::span(command.begin(), command.size()));
    return out;
}

std::string shown(reply const& r) {
    switch (r.type) {
        case reply::kind::nil:
            return "nil";
        case reply::kind::string:
            return "'" + r.text + "'";
        case reply::kind::status:
            return "+" + r.text;
        case reply::kind::error:
            return "-" + r.text;
        case reply::kind::integer:
            return std::to_string(r.integer);
        case reply::kind::array:
            break;
    }
    std::string out = "[";
    for (auto const& item : r.items)
        out += shown(item) + ",";
    return out + "]";
}

// Every reply in `bytes`, fed in pieces of `size`.
std::vector<std::string> replies(std::string_view bytes, std::size_t size) {
    resp_reader reader;
    std::vector<std::string> out;
    for (; !bytes.empty(); bytes.remove_prefix(std::min(size, bytes.size()))) {
        reader.feed(bytes.substr(0, size));
        for (;;) {
            auto r = reader.next();
            BOOST_REQUIRE(r);
            if (!*r) break;
            out.push_back(shown(**r));
        }
    }
    return out;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(redis_resp)

BOOST_AUTO_TEST_CASE(commands_carry_any_bytes) {
    BOOST_TEST(formatted({"PING"}) == "*1\r\n$4\r\nPING\r\n");
    BOOST_TEST(formatted({"SET", "k", "a\r\n\0b"sv}) == "*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$5\r\na\r\n\0b\r\n"s);
    BOOST_TEST(formatted({"GET", ""}) == "*2\r\n$3\r\nGET\r\n$0\r\n\r\n");
}

BOOST_AUTO_TEST_CASE(every_kind_of_reply_is_read_in_pieces_of_every_size) {
    auto const bytes =
        "+OK\r\n:42\r\n:-7\r\n$5\r\na\r\n\0b\r\n$0\r\n\r\n$-1\r\n-ERR no such thing\r\n"
        "*3\r\n:1\r\n*2\r\n$1\r\nx\r\n*-1\r\n$1\r\ny\r\n*0\r\n+DONE\r\n"s;
    std::vector<std::string> const expected{
        "+OK", "42",   "-7", "'a\r\n\0b'"s, "''", "nil", "-ERR no such thing", "[1,['x',nil,],'y',]",
        "[]",  "+DONE"};
    for (std::size_t size = 1; size <= bytes.size(); ++size)
        BOOST_TEST((replies(bytes, size) == expected), size);
}

BOOST_AUTO_TEST_CASE(a_large_value_arrives_whole) {
    std::string const value(3'000'000, 'v');
    auto const bytes = "$3000000\r\n" + value + "\r\n:1\r\n";
    for (std::size_t size : {1000u, 65536u, 4000000u}) {
        auto const got = replies(bytes, size);
        BOOST_REQUIRE(got.size() == 2u);
        BOOST_TEST((got[0] == "'" + value + "'"));
    }
}

BOOST_AUTO_TEST_CASE(bytes_that_are_no_reply_are_an_error_and_stay_one) {
    for (auto const* bytes : {"HTTP/1.1 400 Bad Request\r\n", "!x\r\n", ":notanumber\r\n", "$-2\r\n"}) {
        resp_reader reader;
        reader.feed(bytes);
        auto r = reader.next();
        BOOST_TEST(!r, bytes);
        reader.feed("+OK\r\n");
        BOOST_TEST(!reader.next(), bytes);
    }
}

BOOST_AUTO_TEST_CASE(an_array_that_announces_more_than_it_holds_costs_no_memory) {
    resp_reader reader;
    reader.feed("*2147483647\r\n:1\r\n");
    auto r = reader.next();
    BOOST_TEST((!r || !*r));
}

BOOST_AUTO_TEST_CASE(a_url_gives_host_port_credentials_and_database) {
    auto a = *address::parse("redis://localhost:6379/0");
    BOOST_TEST(a.host == "localhost");
    BOOST_TEST(a.port == "6379");
    BOOST_TEST(a.database == 0u);
    a = *address::parse("redis://:p%40ss%2Fword@cache.example:7000/5");
    BOOST_TEST(a.host == "cache.example");
    BOOST_TEST(a.port == "7000");
    BOOST_TEST(a.user == "");
    BOOST_TEST(a.password == "p@ss/word");
    BOOST_TEST(a.database == 5u);
    a = *address::parse("redis://me:secret@[::1]");
    BOOST_TEST(a.host == "::1");
    BOOST_TEST(a.user == "me");
    BOOST_TEST(a.port == "6379");
}

BOOST_AUTO_TEST_CASE(a_url_we_cannot_use_is_refused_without_telling_its_password) {
    for (auto const* url :
         {"", "localhost:6379", "http://localhost", "rediss://:secret@h", "redis://h/db",
          "redis://:secret@h:0", "redis://:secret@h:99999", "redis://h?x=1", "redis://h/1/2"}) {
        auto const r = address::parse(url);
        BOOST_TEST(!r, url);
        if (!r) BOOST_TEST(r.error().message.find("secret") == std::string::npos);
    }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vanna::redis
