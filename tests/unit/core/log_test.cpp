#include "core/log.hpp"

#include <boost/json.hpp>
#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <limits>

#include "core/sql/utf8.hpp"
#include "tests/support/temporary_folder.hpp"

namespace vanna::log {

BOOST_AUTO_TEST_SUITE(logs)

BOOST_AUTO_TEST_CASE(a_log_that_cannot_be_reopened_goes_on_in_the_old_file_and_says_so) {
    test::temporary_folder const folder;
    auto const at = std::filesystem::path(folder.path()) / "logs";
    auto const rotated = std::filesystem::path(folder.path()) / "rotated";
    configure(level::info, "json", (at / "app.log").string());
    info("first");
    std::filesystem::rename(at, rotated);
    test::put_contents(at.string(), "a file where the folder was");
    BOOST_CHECK_NO_THROW(reopen());
    info("second");
    flush();
    auto const kept = test::contents((rotated / "app.log").string());
    BOOST_TEST(kept.find("cannot be opened again") != std::string::npos);
    BOOST_TEST(kept.find("second") != std::string::npos);
    std::filesystem::remove(at);
    reopen();
    info("third");
    flush();
    BOOST_TEST(test::contents((at / "app.log").string()).find("third") != std::string::npos);
    configure(level::info, "json", {});
}

// What one call writes, without the end of its line.
std::string written(std::string_view format, std::initializer_list<field> fields) {
    test::temporary_folder const folder;
    auto const file = folder.path() + "/app.log";
    configure(level::info, format, file);
    info("told", fields);
    flush();
    configure(level::info, "json", {});
    auto out = test::contents(file);
    BOOST_REQUIRE(out.ends_with('\n'));
    out.pop_back();
    return out;
}

BOOST_AUTO_TEST_CASE(whatever_a_stranger_sends_stays_one_object_on_one_line) {
    std::string every_byte;
    for (int c = 0; c < 256; ++c)
        every_byte.push_back(char(c));
    for (std::string const& text :
         {std::string("a\nb\r\"c\\\t"), std::string("nul\0here", 8),
          std::string("\xff\xfe\xc0\xaf cut \xe2\x82"), std::string("\xed\xa0\x80 a lone surrogate"),
          std::string("\xe2\x80\xa8 \x7f"), every_byte}) {
        auto const line = written("json", {{"given", text}, {"after", true}});
        BOOST_TEST(line.find('\n') == line.npos);
        boost::system::error_code wrong;
        auto const read = boost::json::parse(line, wrong);
        BOOST_REQUIRE_MESSAGE(!wrong, wrong.message() << ": " << line);
        BOOST_TEST(read.at("message").as_string() == "told");
        BOOST_TEST(read.at("after").as_bool());
        if (sql::is_utf8(text)) BOOST_TEST(read.at("given").as_string() == text);
    }
}

BOOST_AUTO_TEST_CASE(numbers_that_json_does_not_know_are_null) {
    auto const nothing = std::numeric_limits<double>::quiet_NaN();
    auto const line =
        written("json", {{"ratio", nothing}, {"most", std::numeric_limits<double>::infinity()}});
    auto const read = boost::json::parse(line);
    BOOST_TEST(read.at("ratio").is_null());
    BOOST_TEST(read.at("most").is_null());
}

BOOST_AUTO_TEST_CASE(on_a_terminal_no_value_moves_the_cursor) {
    auto const line = written("text", {{"given", "\x1b[2J\x07"}, {"then", "\x7f"}, {"plain", "v4-x"}});
    BOOST_TEST(line.find_first_of("\x1b\x07\x7f") == line.npos);
    BOOST_TEST(line.ends_with("plain=v4-x"));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vanna::log
