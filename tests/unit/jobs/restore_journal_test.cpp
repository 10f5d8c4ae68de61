// The journal of a restore on disk: there whole or not at all, and never taken for one when it is something
// else.
#include "jobs/restore_journal.hpp"

#include <boost/test/unit_test.hpp>
#include <fstream>

#include "db/postgres/scratch.hpp"
#include "tests/support/temporary_folder.hpp"

namespace vanna::jobs {
namespace {

struct folder_of_backups {
    test::temporary_folder place;
    backup_folder folder{place.path()};
    std::filesystem::path file = folder.path() / ".restore-journal.json";

    void holds(std::string const& text) { std::ofstream(file) << text; }
    std::size_t entries() const {
        return std::size_t(std::distance(std::filesystem::directory_iterator(place.path()), {}));
    }
};

restore_journal sample() {
    auto const job = new_id();
    return {.job = job,
            .entry = new_id(),
            .backup_id = "backup_2026-11-26_14:05:09",
            .stage = "loading \"it\"\n",
            .scratch = postgres::scratch_name(job),
            .collection = "c_2",
            .target_version = std::string(64, 'a')};
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(restore_journals, folder_of_backups)

BOOST_AUTO_TEST_CASE(what_was_written_is_read_replaced_and_gone) {
    BOOST_TEST(!*read_journal(folder));
    auto what = sample();
    BOOST_REQUIRE(write_journal(folder, what));
    BOOST_TEST((**read_journal(folder) == what));
    what.stage = "later";
    what.collection.clear();
    BOOST_REQUIRE(write_journal(folder, what));
    BOOST_TEST((**read_journal(folder) == what));
    BOOST_TEST((std::filesystem::status(file).permissions() == std::filesystem::perms(0600)));
    BOOST_TEST(entries() == 1u);
    BOOST_REQUIRE(remove_journal(folder));
    BOOST_REQUIRE(remove_journal(folder));
    BOOST_TEST(!*read_journal(folder));
    BOOST_TEST(entries() == 0u);
}

BOOST_AUTO_TEST_CASE(a_journal_that_leads_elsewhere_is_none) {
    for (auto const& [member, odd] : {std::pair{&restore_journal::target_version, "../../etc/precious"},
                                      std::pair{&restore_journal::scratch, "vanna_db"}}) {
        auto what = sample();
        what.*member = odd;
        BOOST_REQUIRE(write_journal(folder, what));
        BOOST_TEST(!read_journal(folder), odd);
    }
}

BOOST_AUTO_TEST_CASE(a_file_that_is_no_journal_is_named_and_left) {
    BOOST_REQUIRE(write_journal(folder, sample()));
    std::ifstream in(file);
    std::string const whole((std::istreambuf_iterator<char>(in)), {});
    for (auto const& odd :
         {std::string(), std::string("{}"), std::string("[1]"), whole.substr(0, whole.size() / 2),
          std::string("{\"format\": 2") + whole.substr(whole.find(','))}) {
        holds(odd);
        auto const found = read_journal(folder);
        BOOST_REQUIRE_MESSAGE(!found, odd);
        BOOST_TEST(found.error().message.find(file.string()) != std::string::npos);
    }
    BOOST_TEST(std::filesystem::exists(file));
}

BOOST_AUTO_TEST_CASE(a_write_that_was_killed_leaves_the_journal_before_it) {
    auto const what = sample();
    BOOST_REQUIRE(write_journal(folder, what));
    std::ofstream(file.string() + ".tmp") << "{\"form";
    BOOST_TEST((**read_journal(folder) == what));
    BOOST_REQUIRE(write_journal(folder, what));
    BOOST_TEST(entries() == 1u);
}

BOOST_AUTO_TEST_CASE(a_link_is_not_followed) {
    auto const elsewhere = folder.path() / "elsewhere";
    BOOST_REQUIRE(write_journal(folder, sample()));
    std::filesystem::rename(file, elsewhere);
    std::filesystem::create_symlink(elsewhere, file);
    BOOST_TEST(!read_journal(folder));
}

BOOST_AUTO_TEST_CASE(without_a_folder_there_is_none_and_none_can_be_written) {
    backup_folder const nowhere(folder.path() / "missing");
    BOOST_TEST(!*read_journal(nowhere));
    BOOST_TEST(!write_journal(nowhere, sample()));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vanna::jobs
