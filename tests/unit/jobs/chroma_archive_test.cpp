#include "jobs/chroma_archive.hpp"

#include <boost/test/unit_test.hpp>

#include "tests/support/temporary_folder.hpp"

namespace vanna::jobs {
namespace {

chroma::record sample(std::string id) {
    return {
        std::move(id), "create table \"t\" (\n a text)", {{"kind", "ddl"}, {"n", 3}}, {1.0f, -0.5f, 1e-30f}};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(saved_collections)

BOOST_AUTO_TEST_CASE(a_record_comes_back_bit_for_bit) {
    auto const line = record_line(sample("a"));
    BOOST_TEST(line.ends_with("}\n"));
    auto const read = parse_record_line(line);
    BOOST_REQUIRE(read.has_value());
    BOOST_TEST(read->id == "a");
    BOOST_TEST(read->document == sample("a").document);
    BOOST_TEST(bool(read->metadata == sample("a").metadata));
    BOOST_TEST(bool(read->embedding == sample("a").embedding));
}

BOOST_AUTO_TEST_CASE(what_is_no_record_is_refused) {
    for (auto line : {"", "[]", "{}", "{\"id\":\"a\"}",
                      "{\"id\":1,\"document\":\"\",\"metadata\":{},\"embedding\":\"AAAA\"}",
                      "{\"id\":\"a\",\"document\":\"\",\"metadata\":{},\"embedding\":\"AAA\"}",
                      "{\"id\":\"a\",\"document\":\"\",\"metadata\":{},\"embedding\":\"####\"}",
                      "{\"id\":\"a\",\"document\":\"\",\"metadata\":{},\"embedding\":\"AAAA\"}"})
        BOOST_TEST(!parse_record_line(line), line);
}

BOOST_AUTO_TEST_CASE(records_are_found_by_id_without_being_kept_in_memory) {
    test::temporary_folder folder;
    auto const path = folder.path() + "/records.ndjson";
    test::put_contents(path, record_line(sample("a")) + record_line(sample("b")));
    auto const saved = saved_records::open(path);
    BOOST_REQUIRE(saved.has_value());
    BOOST_TEST(saved->size() == 2u);
    auto const found = saved->find({"b", "none", "a"});
    BOOST_REQUIRE(found.has_value());
    BOOST_REQUIRE(found->size() == 2u);
    BOOST_TEST((*found)[0].id == "b");
    BOOST_TEST((*found)[1].id == "a");
}

BOOST_AUTO_TEST_CASE(a_file_without_records_is_empty_and_odd_ones_are_refused_by_line) {
    test::temporary_folder folder;
    auto const path = folder.path() + "/records.ndjson";
    test::put_contents(path, "");
    BOOST_TEST(saved_records::open(path).value().size() == 0u);
    test::put_contents(path, record_line(sample("a")) + "junk\n");
    BOOST_TEST(saved_records::open(path).error().message.starts_with("line 2 "));
    test::put_contents(path, record_line(sample("a")) + record_line(sample("a")));
    BOOST_TEST(saved_records::open(path).error().message.find("one id twice") != std::string::npos);
    test::put_contents(path, std::string(2 << 20, 'x'));
    BOOST_TEST(saved_records::open(path).error().message.starts_with("line 1 "));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vanna::jobs
