#include "jobs/archive/manifest.hpp"

#include <boost/test/unit_test.hpp>

#include "tests/unit/jobs/archive/sample.hpp"

namespace vanna::jobs::archive {
namespace {

std::string good_text() {
    return to_text(sample().what, our_keys().signing);
}

// A good manifest with one text replaced by another.
result<parsed> with(std::string_view from, std::string_view to) {
    auto text = good_text();
    auto const at = text.find(from);
    BOOST_TEST_REQUIRE(at != text.npos);
    return parse_manifest(text.replace(at, from.size(), to), our_keys());
}

std::string refusal_with(std::string_view from, std::string_view to) {
    auto const said = with(from, to);
    BOOST_TEST_REQUIRE(!said.has_value());
    BOOST_TEST(said.error().type == "archive-manifest-invalid");
    return said.error().message;
}

std::string why_not(manifest const& m) {
    auto const ok = check(m);
    return ok ? "" : ok.error().message;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(archive_manifest)

BOOST_AUTO_TEST_CASE(what_is_written_is_read) {
    sample const s;
    auto const said = parse_manifest(good_text(), our_keys()).value();
    BOOST_TEST((said.what == s.what));
    BOOST_TEST((said.signature == signature::valid));
    BOOST_TEST(said.key_id == our_keys().signing.id);
    BOOST_TEST(s.what.bytes() == 300'000u + 28 + 131072);
    BOOST_TEST(s.what.find(target_name)->size == 131072u);
    BOOST_TEST(s.what.find("other") == nullptr);
    BOOST_TEST(good_text().starts_with(
        R"({"format":1,"engine_version":"0.1.0","postgres_version":150014,"migration":"0005_jobs",)"
        R"("created_at":"2026-01-02T03:04:05.678901Z","kind":"backup",)"));
}

BOOST_AUTO_TEST_CASE(every_change_of_a_value_shows_in_the_signature) {
    for (auto const& [from, to] :
         std::vector<std::pair<std::string, std::string>>{{"\"users\":3", "\"users\":4"},
                                                          {"0.1.0", "0.1.1"},
                                                          {"\"vectors\":2", "\"vectors\":3"},
                                                          {"05.678901", "05.678902"},
                                                          {"\"size\":300000", "\"size\":300001"},
                                                          {"\"kind\":\"backup\"", "\"kind\":\"safety\""}}) {
        auto const said = with(from, to);
        BOOST_TEST_REQUIRE(said.has_value(), from);
        BOOST_TEST((said->signature == signature::wrong), from);
    }
    auto const hmac = good_text().find("\"hmac\":\"") + 8;
    auto text = good_text();
    text[hmac] = text[hmac] == '0' ? '1' : '0';
    BOOST_TEST((parse_manifest(text, our_keys()).value().signature == signature::wrong));
    BOOST_TEST((with(our_keys().signing.id, "0123456789abcdef").value().signature == signature::other_key));
}

BOOST_AUTO_TEST_CASE(a_newer_format_is_named_with_ours) {
    auto const said = parse_manifest(R"({"format":2,"whatever":"it holds"})", our_keys());
    BOOST_TEST(said.error().type == "archive-format-newer");
    BOOST_TEST(said.error().message ==
               "the archive has format 2 and this engine reads up to format 1: use a newer engine");
    for (std::string const format : {"0", "-1", "1.0", "\"1\"", "null", "99999999999999999999"})
        BOOST_TEST(refusal_with("\"format\":1", "\"format\":" + format).find("format is no whole number") !=
                   std::string::npos);
}

BOOST_AUTO_TEST_CASE(texts_that_are_no_manifest) {
    for (std::string const text : {"", "{", "[]", "null", "{} {}", "{\"format\":1}", "\xff"})
        BOOST_TEST(parse_manifest(text, our_keys()).error().type == "archive-manifest-invalid", text);
    BOOST_TEST(parse_manifest(std::string(100'000, '['), our_keys()).error().type ==
               "archive-manifest-invalid");
}

BOOST_AUTO_TEST_CASE(the_bytes_are_exactly_those_an_engine_writes) {
    auto const canonical = "not written as an engine writes it";
    for (auto const& [from, to] : std::vector<std::pair<std::string, std::string>>{
             {"\"format\":1", "\"format\": 1"},
             {"{\"format\"", " {\"format\""},
             {"\"kind\":\"backup\"", "\"kind\":\"back\\u0075p\""},
             {"\"kind\":\"backup\"", "\"kind\":\"safety\",\"kind\":\"backup\""},
             {"\"vectors\":2", "\"vectors\":2,\"extra\":1"},
             {"\"queries\":12,\"users\":3", "\"users\":3,\"queries\":12"},
             {"05.678901Z", "05.678901+00:00"}})
        BOOST_TEST(refusal_with(from, to).find(canonical) != std::string::npos, to);
    BOOST_TEST(parse_manifest(good_text() + "\n", our_keys()).error().message.find(canonical) !=
               std::string::npos);
}

BOOST_AUTO_TEST_CASE(each_field_is_checked) {
    for (auto const& [from, to, why] : std::vector<std::tuple<std::string, std::string, std::string>>{
             {"\"vectors\":2", "\"vectors\":-2", "vectors is not a whole number"},
             {"\"vectors\":2", "\"vectors\":2.5", "vectors is not a whole number"},
             {"\"vectors\":2", "\"vectors\":9007199254740993", "vectors is not a whole number"},
             {"\"postgres_version\":150014", "\"postgres_version\":99999999", "postgres_version is not"},
             {"\"engine_version\":\"0.1.0\"", "\"engine_version\":1", "engine_version is not a text"},
             {"\"0.1.0\"", "\"0.1\\n0\"", "odd characters"},
             {"\"0.1.0\"", "\"" + std::string(513, 'x') + "\"", "too long"},
             {"2026-01-02T", "2026-13-02T", "created_at is no time"},
             {"\"kind\":\"backup\"", "\"kind\":\"other\"", "kind is \"other\""},
             {"\"users\":3", "\"users\":-3", "users is not a whole number"},
             {"\"users\":3", "\"\":3", "the rows of \"\""},
             {"\"rows\":{", "\"rows\":[],\"x\":{", "rows is not an object"},
             {"\"files\":[", "\"files\":[1,", "name is not a text"},
             {"\"size\":300000", "\"size\":\"300000\"", "size is not a whole number"},
             {"\"size\":300000", "\"size\":9007199254740993", "size is not a whole number"},
             {"postgres.dump", "../../etc/passwd", "\"../../etc/passwd\", which no backup has"},
             {"postgres.dump", "manifest.json", "\"manifest.json\", which no backup has"},
             {"postgres.dump", "target/vanna_db.db", "target/vanna_db.db twice"},
             {"\"sha256\":\"", "\"sha256\":\"A", "SHA-256 of postgres.dump is not 64"},
             {"\"key_id\":\"", "\"key_id\":\"0", "key_id or hmac is malformed"},
             {"\"hmac\":\"", "\"hmac\":1,\"x\":\"", "hmac is not a text"},
             {"\"hmac\":", "\"macs\":", "hmac is not a text"}})
        BOOST_TEST(refusal_with(from, to).find(why) != std::string::npos, refusal_with(from, to));
}

BOOST_AUTO_TEST_CASE(the_writer_is_held_to_the_same) {
    manifest const good = sample().what;
    BOOST_TEST(why_not(good) == "");
    auto m = good;
    m.files.resize(17);
    BOOST_TEST(why_not(m).find("17 files") != std::string::npos);
    m = good;
    m.files.erase(m.files.begin());
    BOOST_TEST(why_not(m).find("no postgres.dump") != std::string::npos);
    m = good;
    m.files.pop_back();
    BOOST_TEST(why_not(m).find("target_version go together") != std::string::npos);
    m = good;
    m.files[1].size = (std::uint64_t(1) << 53) - 1;  // alone it would do
    BOOST_TEST(why_not(m).find("the size of") != std::string::npos);
    m = good;
    m.target_version = "short";
    BOOST_TEST(why_not(m).find("target_version is not 64") != std::string::npos);
    m = good;
    m.migration = "\xff";
    BOOST_TEST(why_not(m).find("odd characters") != std::string::npos);
    m = good;
    for (int i = 0; i < 257; ++i)
        m.rows["t" + std::to_string(i)] = i;
    BOOST_TEST(why_not(m).find("too many tables") != std::string::npos);
    m = good;
    m.format = 2;
    BOOST_TEST(why_not(m).find("format is 2") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vanna::jobs::archive
