#include "jobs/backup_set.hpp"

#include <boost/test/unit_test.hpp>

#include "tests/support/temporary_folder.hpp"

namespace vanna::jobs {
namespace {

instant at(char const* text) {
    return *parse_rfc3339(text);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(backup_sets)

BOOST_AUTO_TEST_CASE(a_name_tells_when_what_for_and_whether_it_is_encrypted) {
    auto const name = name_backup(backup_kind::regular, at("2026-11-26T14:05:09.999Z"), false);
    BOOST_TEST(name.file() == "backup_2026-11-26_14:05:09.tar.gz");
    BOOST_TEST(name_backup(backup_kind::safety, name.created_at, true, 2).file() ==
               "safety_2026-11-26_14:05:09_2.tar.gz.enc");
    auto const read = parse_backup_file("safety_2026-11-26_14:05:09_2.tar.gz.enc");
    BOOST_REQUIRE(read);
    BOOST_TEST(read->id == "safety_2026-11-26_14:05:09_2");
    BOOST_TEST(bool(read->kind == backup_kind::safety));
    BOOST_TEST(read->encrypted);
    BOOST_TEST(bool(read->created_at == at("2026-11-26T14:05:09Z")));
}

BOOST_AUTO_TEST_CASE(an_id_is_taken_with_and_without_its_extension_and_is_never_a_path) {
    for (auto text : {"backup_2026-11-26_14:05:09", "backup_2026-11-26_14:05:09.tar.gz",
                      "backup_2026-11-26_14:05:09.tar.gz.enc"})
        BOOST_TEST(parse_backup_id(text).value_or("") == "backup_2026-11-26_14:05:09");
    for (auto text :
         {"", "backup_", "..", "../backup_2026-11-26_14:05:09", "backup_2026-11-26_14:05:09/../x",
          "backup_2026-11-26_14:05:09.tar", "backup_2026-11-26_14:05:09_", "backup_2026-11-26_14:05:09_01",
          "backup_2026-11-26_14:05:09_12345", "backup_2026-13-26_14:05:09", "backup_2026-02-30_14:05:09",
          "backup_2026-11-26 14:05:09", "backup_2026-11-26_24:05:09",
          "backup_2026-11-26_14:05:09.tar.gz.partial", "BACKUP_2026-11-26_14:05:09",
          "other_2026-11-26_14:05:09"})
        BOOST_TEST(!parse_backup_id(text), text);
    BOOST_TEST(!parse_backup_id(std::string_view("backup_2026-11-26_14:05:09\0.tar.gz", 34)));
}

BOOST_AUTO_TEST_CASE(what_a_verification_found_is_remembered_for_that_file_only) {
    test::temporary_folder folder;
    std::filesystem::path const archive = folder.path() + "/backup_2026-11-26_14:05:09.tar.gz";
    test::put_contents(archive, "bytes");
    BOOST_TEST(!read_verification(archive).verified_at);
    auto const moment = at("2026-11-26T15:00:00.5Z");
    write_verification(archive, {.verified_at = moment, .drilled_at = {}, .problem = {}});
    BOOST_TEST(bool(read_verification(archive).verified_at == moment));
    BOOST_TEST(!read_verification(archive).drilled_at);
    test::put_contents(archive, "other bytes");
    BOOST_TEST(!read_verification(archive).verified_at);
}

BOOST_AUTO_TEST_CASE(a_record_that_is_odd_means_not_verified) {
    test::temporary_folder folder;
    std::filesystem::path const archive = folder.path() + "/backup_2026-11-26_14:05:09.tar.gz";
    test::put_contents(archive, "bytes");
    for (auto text :
         {"", "[]", "{\"verified_at\": 5}", "{\"size\": 5, \"verified_at\": \"2026-11-26T15:00:00Z\"}"}) {
        test::put_contents(verification_path(archive), text);
        BOOST_TEST(!read_verification(archive).verified_at);
    }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vanna::jobs
