#include "core/sql/writers.hpp"

#include <boost/json.hpp>
#include <boost/test/unit_test.hpp>
#include <charconv>
#include <cmath>
#include <limits>
#include <random>

namespace vanna::sql {
namespace {

std::shared_ptr<row_shape const> shape(std::vector<std::string> names) {
    std::vector<column> columns;
    for (auto& name : names)
        columns.push_back({std::move(name), ""});
    return std::make_shared<row_shape const>(columns);
}

std::string real(double v) {
    text_buffer out;
    put_real(out, v);
    return out.take();
}

std::string json_text(std::string_view text) {
    text_buffer out;
    put_json_text(out, text);
    return out.take();
}

std::string csv_text(std::string_view text, bool neutralise = false) {
    text_buffer out;
    put_csv_text(out, text, neutralise);
    return out.take();
}

std::string base64(std::string_view bytes) {
    text_buffer out;
    put_base64(out, bytes);
    return out.take();
}

constexpr auto infinity = std::numeric_limits<double>::infinity();

}  // namespace

BOOST_AUTO_TEST_SUITE(writers)

BOOST_AUTO_TEST_CASE(a_row_beyond_its_limit_overflows_and_leaves_those_before_it_as_they_were) {
    for (std::size_t length : {6u, 7u, 5'000'000u}) {
        row_writer out(row_format::json, false, shape({"a", "b"}));
        auto const row = [&](std::string const& text) {
            auto const before = out.size();
            out.begin_row(before + 24);
            out.integer(1);
            out.text(text);
            out.end_row();
            auto const whole = !out.overflowed();
            if (!whole) out.drop_row(before);
            return whole;
        };
        BOOST_TEST(row("first"));
        std::string const second(length, '\1');
        BOOST_TEST(!row(second));
        BOOST_TEST(row("xx\1\1"));
        BOOST_TEST(out.take() == R"([1,"first"],[1,"xx\u0001\u0001"])");
    }
}

BOOST_AUTO_TEST_CASE(json_rows_are_joined_by_commas_across_slices) {
    row_writer out(row_format::json, false, shape({"a", "b"}));
    auto const row = [&](int n) {
        out.begin_row();
        out.integer(n);
        out.text("x");
        out.end_row();
    };
    row(1);
    row(2);
    BOOST_TEST(out.take() == R"([1,"x"],[2,"x"])");
    row(3);
    BOOST_TEST(out.take() == R"(,[3,"x"])");
}

BOOST_AUTO_TEST_CASE(integers_that_a_double_cannot_hold_are_strings_in_json_and_plain_in_csv) {
    for (auto [value, json] : {std::pair{std::int64_t(9007199254740991), "[9007199254740991]"},
                               {std::int64_t(9007199254740992), "[\"9007199254740992\"]"},
                               {std::int64_t(-9007199254740991), "[-9007199254740991]"},
                               {std::int64_t(-9007199254740992), "[\"-9007199254740992\"]"},
                               {std::numeric_limits<std::int64_t>::max(), "[\"9223372036854775807\"]"},
                               {std::numeric_limits<std::int64_t>::min(), "[\"-9223372036854775808\"]"}}) {
        row_writer out(row_format::json, false, shape({"n"}));
        out.begin_row();
        out.integer(value);
        out.end_row();
        BOOST_TEST(out.take() == json);
        row_writer csv(row_format::csv, true, shape({"n"}));
        csv.begin_row();
        csv.integer(value);
        csv.end_row();
        BOOST_TEST(csv.take() == "n\r\n" + std::to_string(value) + "\r\n");
    }
}

BOOST_AUTO_TEST_CASE(nan_and_infinities_are_strings) {
    row_writer out(row_format::json, false, shape({"a", "b", "c"}));
    out.begin_row();
    out.real(std::nan(""));
    out.real(infinity);
    out.real(-infinity);
    out.end_row();
    BOOST_TEST(out.take() == R"(["NaN","Infinity","-Infinity"])");
}

BOOST_AUTO_TEST_CASE(reals_are_short_and_never_look_like_integers) {
    BOOST_TEST(real(0) == "0.0");
    BOOST_TEST(real(-0.0) == "-0.0");
    BOOST_TEST(real(1) == "1.0");
    BOOST_TEST(real(-1) == "-1.0");
    BOOST_TEST(real(100000) == "100000.0");
    BOOST_TEST(real(0.1) == "0.1");
    BOOST_TEST(real(-0.05) == "-0.05");
    BOOST_TEST(real(1234.56) == "1234.56");
    BOOST_TEST(real(1234.5) == "1234.5");
    BOOST_TEST(real(0.1 + 0.2) == "0.30000000000000004");
    BOOST_TEST(real(1e15) == "1000000000000000.0");
    BOOST_TEST(real(1e16) == "1e+16");
    BOOST_TEST(real(1.5e300) == "1.5e+300");
    BOOST_TEST(real(5e-324) == "5e-324");
    BOOST_TEST(real(0.00001234) == "0.00001234");
}

BOOST_AUTO_TEST_CASE(every_real_reads_back_as_itself_in_the_fewest_digits) {
    std::mt19937_64 random(7);
    for (int i = 0; i < 200'000; ++i) {
        double v;
        if (i % 2) {
            auto const bits = random();
            std::memcpy(&v, &bits, sizeof v);
            if (!std::isfinite(v)) continue;
        } else {
            v = double(std::int64_t(random() % 2'000'000'000) - 1'000'000'000) / double(i % 3 ? 100 : 1000);
        }
        auto const text = real(v);
        double back = 0;
        auto const parsed = std::from_chars(text.data(), text.data() + text.size(), back);
        BOOST_REQUIRE(parsed.ptr == text.data() + text.size());
        BOOST_REQUIRE_EQUAL(std::memcmp(&back, &v, sizeof v), 0);
        BOOST_REQUIRE(text.find_first_of(".e") != std::string::npos);
        char shortest[40];
        auto const digits = [](std::string_view number) {
            auto const mantissa = number.substr(0, number.find('e'));
            std::string only;
            for (char c : mantissa)
                if (c >= '0' && c <= '9' && (c != '0' || !only.empty())) only += c;
            while (only.ends_with('0'))
                only.pop_back();
            return only.size();
        };
        auto const end = std::to_chars(shortest, shortest + 40, v, std::chars_format::scientific).ptr;
        BOOST_REQUIRE_EQUAL(digits(text), digits({shortest, std::size_t(end - shortest)}));
    }
}

BOOST_AUTO_TEST_CASE(json_text_escapes_what_json_wants_escaped_and_nothing_else) {
    BOOST_TEST(json_text("plain") == "\"plain\"");
    BOOST_TEST(json_text("a\"b\\c/") == R"("a\"b\\c/")");
    BOOST_TEST(json_text("\b\t\n\v\f\r") == R"("\b\t\n\u000b\f\r")");
    BOOST_TEST(json_text(std::string_view("\0\x1f", 2)) == R"("\u0000\u001f")");
    BOOST_TEST(json_text("Zürich 東京 🙂") == "\"Zürich 東京 🙂\"");
}

BOOST_AUTO_TEST_CASE(ill_formed_text_becomes_replacement_characters_and_is_flagged) {
    row_writer out(row_format::json, false, shape({"t"}));
    out.begin_row();
    out.text("fine");
    out.end_row();
    BOOST_TEST(!out.invalid_utf8());
    out.begin_row();
    out.text(
        "a\xff"
        "b");
    out.end_row();
    BOOST_TEST(out.invalid_utf8());
    BOOST_TEST(out.take() ==
               "[\"fine\"],[\"a\xEF\xBF\xBD"
               "b\"]");
    // One U+FFFD for each maximal part: Unicode 15, table 3-8.
    BOOST_TEST(json_text("\xC0\xAF\xE0\x80\xBF\xF0\x81\x82") ==
               "\"" + std::string("\xEF\xBF\xBD") +
                   "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD"
                   "\xEF\xBF\xBD\xEF\xBF\xBD\"");
    BOOST_TEST(json_text("\xE1\x80\xE2\xF0\x91\x92\xF1\xBF"
                         "A") ==
               "\"\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD"
               "A\"");
    BOOST_TEST(json_text("\xED\xA0\x80") == "\"\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\"");  // a surrogate
}

BOOST_AUTO_TEST_CASE(any_bytes_give_json_that_parses) {
    std::mt19937 random(11);
    for (int i = 0; i < 20'000; ++i) {
        std::string bytes(random() % 40, '\0');
        for (auto& c : bytes)
            c = char(random() % (i % 2 ? 256 : 130));
        boost::system::error_code failed;
        auto const parsed = boost::json::parse(json_text(bytes), failed);
        BOOST_REQUIRE_MESSAGE(!failed, failed.message());
        BOOST_REQUIRE(parsed.is_string());
    }
}

BOOST_AUTO_TEST_CASE(ndjson_keeps_every_column_of_the_same_name) {
    row_writer out(row_format::ndjson, false, shape({"id", "id", "id_2", "id", "say \"x\""}));
    out.begin_row();
    for (int i = 1; i <= 5; ++i)
        out.integer(i);
    out.end_row();
    BOOST_TEST(out.take() == "{\"id\":1,\"id_3\":2,\"id_2\":3,\"id_4\":4,\"say \\\"x\\\"\":5}\n");
}

BOOST_AUTO_TEST_CASE(csv_has_a_header_and_quotes_what_rfc_4180_wants_quoted) {
    row_writer out(row_format::csv, false, shape({"name", "a,b"}));
    out.begin_row();
    out.text("say \"hi\"");
    out.null();
    out.end_row();
    out.begin_row();
    out.text("two\r\nlines");
    out.text("");
    out.end_row();
    BOOST_TEST(out.take() == "name,\"a,b\"\r\n\"say \"\"hi\"\"\",\r\n\"two\r\nlines\",\"\"\r\n");
}

BOOST_AUTO_TEST_CASE(a_lone_null_does_not_make_an_empty_csv_line) {
    row_writer out(row_format::csv, false, shape({"a"}));
    out.begin_row();
    out.null();
    out.end_row();
    BOOST_TEST(out.take() == "a\r\n\"\"\r\n");
}

BOOST_AUTO_TEST_CASE(spreadsheet_formulas_are_neutralised_on_request) {
    BOOST_TEST(csv_text("=1+1") == "=1+1");
    for (std::string start : {"=", "+", "-", "@", "\t", "\r"})
        BOOST_TEST(csv_text(start + "cmd", true) == "\"'" + start + "cmd\"");
    BOOST_TEST(csv_text("a=b", true) == "a=b");
    row_writer out(row_format::csv, true, shape({"=evil()"}));
    out.begin_row();
    out.integer(-5);
    out.end_row();
    out.begin_row();
    out.real(-0.5);
    out.end_row();
    out.begin_row();
    out.blob("\xfb\xef\xbe");
    out.end_row();
    BOOST_TEST(out.take() == "\"'=evil()\"\r\n-5\r\n-0.5\r\n'++++\r\n");
}

BOOST_AUTO_TEST_CASE(blobs_are_base64) {
    BOOST_TEST(base64("") == "");
    BOOST_TEST(base64("f") == "Zg==");
    BOOST_TEST(base64("fo") == "Zm8=");
    BOOST_TEST(base64("foo") == "Zm9v");
    BOOST_TEST(base64("foobar") == "Zm9vYmFy");
    BOOST_TEST(base64(std::string_view("\0\xff\x10", 3)) == "AP8Q");
}

BOOST_AUTO_TEST_CASE(rows_without_columns_and_results_without_rows_are_well_formed) {
    row_writer none(row_format::json, false, shape({}));
    BOOST_TEST(none.take() == "");
    none.begin_row();
    none.end_row();
    BOOST_TEST(none.take() == "[]");
    row_writer objects(row_format::ndjson, false, shape({}));
    objects.begin_row();
    objects.end_row();
    BOOST_TEST(objects.take() == "{}\n");
    row_writer header(row_format::csv, false, shape({"a", "b"}));
    BOOST_TEST(header.take() == "a,b\r\n");
}

BOOST_AUTO_TEST_CASE(a_dropped_row_leaves_no_trace) {
    row_writer out(row_format::json, false, shape({"a"}));
    auto const row = [&](int n) {
        out.begin_row();
        out.integer(n);
        out.end_row();
    };
    auto const empty = out.size();
    row(1);
    out.drop_row(empty);
    row(2);
    auto const one = out.size();
    row(3);
    out.drop_row(one);
    row(4);
    BOOST_TEST(out.take() == "[2],[4]");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vanna::sql
