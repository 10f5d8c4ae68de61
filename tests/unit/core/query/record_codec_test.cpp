#include "core/query/record_codec.hpp"

#include <boost/test/unit_test.hpp>

#include "core/query/crc32c.hpp"
#include "tests/support/fake_history.hpp"

namespace vanna::query {
namespace {

record full_record() {
    auto r = test::some_record("select \"ä\" from t -- \0 in it" + std::string(1, '\0'));
    r.conversation_id = new_id();
    r.question = "Wie viele Kunden?";
    r.params = R"({"n":1})";
    r.generator = "builtin";
    r.status = status::timeout;
    r.error = "too slow";
    r.result_count = INT64_MAX;
    r.duration_us = 1234567;
    r.truncated = r.cached = true;
    r.audit = audit::entry{.user_id = new_id(),
                           .email = "a@b",
                           .action = "query.export",
                           .resource = "queries/1",
                           .changes = {{"rows", 5}, {"text", "ü"}},
                           .request_id = "r",
                           .ip = "::1",
                           .status = "success"};
    return r;
}

void check_same(record const& a, record const& b) {
    std::string x, y;
    append_frame(x, a);
    append_frame(y, b);
    BOOST_TEST((x == y));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(record_codec)

BOOST_AUTO_TEST_CASE(the_checksum_is_crc_32c_by_processor_and_by_table) {
    BOOST_TEST(crc32c("123456789") == 0xE3069283u);
    BOOST_TEST(crc32c_by_table("123456789") == 0xE3069283u);
    BOOST_TEST(crc32c("") == 0u);
    BOOST_TEST(crc32c(std::string(32, '\0')) == 0x8A9136AAu);  // RFC 3720, B.4
    std::string text;
    for (int i = 0; i < 100; ++i) {
        text.push_back(char(i * 7));
        BOOST_TEST(crc32c(text) == crc32c_by_table(text));
    }
}

BOOST_AUTO_TEST_CASE(everything_in_a_record_comes_back) {
    auto const given = full_record();
    std::string frame;
    append_frame(frame, given);
    BOOST_TEST(frame_at(frame) == frame.size());
    auto const got = decode_frame(frame);
    BOOST_REQUIRE(got);
    BOOST_TEST((got->key == given.key));
    BOOST_TEST((got->id == given.id));
    BOOST_TEST((got->conversation_id == given.conversation_id));
    BOOST_TEST(got->sql == given.sql);
    BOOST_TEST(got->ip == given.ip);
    BOOST_TEST((got->status == status::timeout));
    BOOST_TEST(got->result_count == INT64_MAX);
    BOOST_TEST((got->executed_at == given.executed_at));
    BOOST_TEST(got->truncated);
    BOOST_TEST((got->audit->user_id == given.audit->user_id));
    BOOST_TEST((got->audit->changes == given.audit->changes));
    check_same(*got, given);
    BOOST_TEST((*time_of_frame(frame) == *time_of(given.key)));
}

BOOST_AUTO_TEST_CASE(an_audit_entry_alone_is_small_and_comes_back) {
    auto const given = audit_only({.action = "auth.login", .ip = "192.0.2.1", .status = "success"});
    std::string frame;
    append_frame(frame, given);
    BOOST_TEST(frame.size() < 150u);
    auto const got = decode_frame(frame);
    BOOST_REQUIRE(got);
    BOOST_TEST(got->is_audit_only);
    BOOST_TEST(got->audit->action == "auth.login");
    BOOST_TEST(!got->audit->user_id);
    BOOST_TEST(got->audit->changes.is_null());
}

BOOST_AUTO_TEST_CASE(frames_follow_each_other_without_gaps) {
    std::string bytes;
    for (int i = 0; i < 10; ++i)
        append_frame(bytes, test::some_record(std::string(std::size_t(i * 100), 'x')));
    std::size_t found = 0;
    for (std::string_view rest = bytes; !rest.empty(); ++found) {
        auto const size = frame_at(rest);
        BOOST_REQUIRE(size > 0);
        BOOST_TEST(decode_frame(rest.substr(0, size))->sql.size() == found * 100);
        rest.remove_prefix(size);
    }
    BOOST_TEST(found == 10u);
}

BOOST_AUTO_TEST_CASE(a_frame_torn_at_any_byte_is_no_frame) {
    std::string frame;
    append_frame(frame, full_record());
    for (std::size_t n = 0; n < frame.size(); ++n)
        BOOST_TEST(frame_at(std::string_view(frame).substr(0, n)) == 0u);
}

BOOST_AUTO_TEST_CASE(a_frame_with_any_bit_flipped_is_no_frame) {
    std::string frame;
    append_frame(frame, full_record());
    for (std::size_t n = 0; n < frame.size(); ++n) {
        auto damaged = frame;
        damaged[n] = char(damaged[n] ^ 0x10);
        BOOST_TEST(frame_at(damaged) == 0u, n);
    }
    BOOST_TEST(frame_at(std::string(4096, '\0')) == 0u);
    BOOST_TEST(frame_at(std::string(4096, '\xFF')) == 0u);
}

BOOST_AUTO_TEST_CASE(what_another_version_wrote_is_left_alone) {
    std::string frame, payload;
    append_frame(frame, full_record());
    payload = frame.substr(frame_header);
    payload[0] = 2;
    for (auto const& p : {payload, payload.substr(0, 40), std::string(1, '\1')}) {
        std::uint32_t const header[] = {std::uint32_t(p.size()), crc32c(p)};
        auto const bytes = std::string(reinterpret_cast<char const*>(header), 8) + p;
        BOOST_TEST(frame_at(bytes) == bytes.size());
        BOOST_TEST(!decode_frame(bytes));
    }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vanna::query
