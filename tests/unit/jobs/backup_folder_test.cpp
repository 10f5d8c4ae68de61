#include "jobs/backup_folder.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>

#include "jobs/work_folder.hpp"
#include "tests/support/temporary_folder.hpp"

namespace vanna::jobs {
namespace {

namespace fs = std::filesystem;

struct in_folder {
    test::temporary_folder holder;
    fs::path const path = fs::path(holder.path()) / "backups";
    backup_folder const folder{path};
    instant const moment = *parse_rfc3339("2026-11-26T14:05:09Z");

    in_folder() { fs::create_directories(path); }
    void put(std::string const& name) const { test::put_contents((path / name).string(), "x"); }
    std::string ids() const {
        auto const found = folder.list();
        std::string out;
        for (auto const& set : found.value())
            out += set.name.id + " ";
        return out;
    }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(backup_folders, in_folder)

BOOST_AUTO_TEST_CASE(only_whole_archives_are_listed) {
    put("backup_2026-11-26_14:05:09.tar.gz");
    put("backup_2026-11-26_14:05:10.tar.gz.partial");
    put("backup_2026-11-26_14:05:11.tar.gz.enc");
    put("notes.txt");
    fs::create_directories(path / "backup_2026-11-26_14:05:12.tar.gz");
    fs::create_symlink("/etc/passwd", path / "backup_2026-11-26_14:05:13.tar.gz");
    BOOST_TEST(ids() == "backup_2026-11-26_14:05:09 backup_2026-11-26_14:05:11 ");
    BOOST_TEST(folder.find("backup_2026-11-26_14:05:11").has_value());
    BOOST_TEST(bool(folder.find("backup_2026-11-26_14:05:10").error().code == errc::not_found));
    BOOST_TEST(bool(folder.find("../backups/backup_2026-11-26_14:05:09").error().code == errc::not_found));
}

BOOST_AUTO_TEST_CASE(a_folder_that_is_not_there_has_no_sets_and_no_marker) {
    backup_folder const nowhere(path / "nowhere");
    BOOST_TEST(nowhere.list().value().empty());
    BOOST_TEST(!nowhere.marker().value());
}

BOOST_AUTO_TEST_CASE(the_marker_is_made_once) {
    auto const made = folder.make_marker();
    BOOST_REQUIRE(made.has_value());
    BOOST_TEST(bool(folder.marker().value() == *made));
    BOOST_TEST(bool(folder.make_marker().value() == *made));
    BOOST_TEST(test::files_below(path.string()) == 1u);
}

BOOST_AUTO_TEST_CASE(a_damaged_marker_is_named) {
    put(".vanna-backups");
    BOOST_TEST(!folder.marker().value());
    auto const failed = folder.make_marker();
    BOOST_REQUIRE(!failed.has_value());
    BOOST_TEST(failed.error().message.find(".vanna-backups is damaged") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_taken_name_gets_a_number) {
    auto const first = folder.free_name(backup_kind::regular, moment, false);
    BOOST_TEST(first.id == "backup_2026-11-26_14:05:09");
    put("backup_2026-11-26_14:05:09.tar.gz.enc");
    BOOST_TEST(folder.free_name(backup_kind::regular, moment, false).id == "backup_2026-11-26_14:05:09_2");
    put("backup_2026-11-26_14:05:09_2.tar.gz.partial");
    BOOST_TEST(folder.free_name(backup_kind::regular, moment, false).id == "backup_2026-11-26_14:05:09_3");
}

BOOST_AUTO_TEST_CASE(publishing_never_replaces_another_set) {
    auto const name = folder.free_name(backup_kind::regular, moment, false);
    put(name.file() + ".partial");
    test::put_contents((path / name.file()).string(), "older");
    BOOST_TEST(bool(folder.publish(name).error().code == errc::conflict));
    BOOST_TEST(test::contents((path / name.file()).string()) == "older");
    fs::remove(path / name.file());
    BOOST_TEST(folder.publish(name).has_value());
    BOOST_TEST(test::contents((path / name.file()).string()) == "x");
    BOOST_TEST(!fs::exists(folder.partial_path(name)));
}

BOOST_AUTO_TEST_CASE(removing_takes_the_record_too_and_an_open_archive_stays_readable) {
    put("backup_2026-11-26_14:05:09.tar.gz");
    put("backup_2026-11-26_14:05:09.tar.gz.json");
    auto const set = folder.find("backup_2026-11-26_14:05:09").value();
    auto const open = open_set(folder, set);
    BOOST_REQUIRE(open.has_value());
    BOOST_TEST(folder.remove(set.name).value());
    BOOST_TEST(test::files_below(path.string()) == 0u);
    char byte = 0;
    BOOST_TEST(::pread(open->get(), &byte, 1, 0) == 1);
    BOOST_TEST(!folder.remove(set.name).value());
}

BOOST_AUTO_TEST_CASE(what_killed_processes_left_is_swept_and_nothing_else) {
    put("backup_2026-11-26_14:05:09.tar.gz");
    put("backup_2026-11-26_14:05:10.tar.gz.partial");
    put("backup_2026-11-26_14:05:11.tar.gz.json");
    put("other.partial");
    put("backup_2026-11-26_14:05:12.tar.gz.json.partial");
    auto const old_record = path / "backup_2026-11-26_14:05:12.tar.gz.json.partial";
    fs::last_write_time(old_record, fs::last_write_time(old_record) - std::chrono::minutes(2));
    put("backup_2026-11-26_14:05:09.tar.gz.json.partial");
    put(".vanna-backups.0192");
    fs::create_directories(path / ".work-without-lock/inner");
    put(".work-dead.lock");
    fs::create_directories(path / ".work-dead/inner");
    auto const alive = work_folder::create(path, new_id());
    BOOST_REQUIRE(alive.has_value());
    folder.sweep();
    BOOST_TEST(fs::exists(path / "backup_2026-11-26_14:05:09.tar.gz"));
    BOOST_TEST(!fs::exists(path / "backup_2026-11-26_14:05:10.tar.gz.partial"));
    BOOST_TEST(!fs::exists(path / "backup_2026-11-26_14:05:11.tar.gz.json"));
    BOOST_TEST(!fs::exists(old_record));
    // A verification of this moment is writing it.
    BOOST_TEST(fs::exists(path / "backup_2026-11-26_14:05:09.tar.gz.json.partial"));
    BOOST_TEST(!fs::exists(path / ".vanna-backups.0192"));
    BOOST_TEST(!fs::exists(path / ".work-without-lock"));
    BOOST_TEST(fs::exists(path / "other.partial"));
    BOOST_TEST(!fs::exists(path / ".work-dead"));
    BOOST_TEST(!fs::exists(path / ".work-dead.lock"));
    BOOST_TEST(fs::exists(alive->path()));
}

BOOST_AUTO_TEST_CASE(a_work_folder_goes_with_its_owner) {
    {
        auto const made = work_folder::create(path, new_id());
        BOOST_REQUIRE(made.has_value());
        test::put_contents((made->path() / "file").string(), "x");
    }
    BOOST_TEST(fs::is_empty(path));
}

BOOST_AUTO_TEST_CASE(a_sweep_never_keeps_a_work_folder_from_being_made) {
    std::jthread const sweeper([this](std::stop_token over) {
        while (!over.stop_requested())
            sweep_work_folders(path);
    });
    for (int i = 0; i < 500; ++i) {
        auto const made = work_folder::create(path, new_id());
        BOOST_REQUIRE_MESSAGE(made.has_value(), made.error().message);
        BOOST_REQUIRE(fs::exists(made->path()));
    }
}

BOOST_AUTO_TEST_CASE(pipes_and_links_in_the_folder_hold_nobody_up) {
    BOOST_REQUIRE(::mkfifo((path / ".vanna-backups").c_str(), 0600) == 0);
    BOOST_TEST(!folder.marker().value());
    fs::create_directories(path / "elsewhere");
    put("elsewhere/precious.db");
    fs::create_directory_symlink(path / "elsewhere", folder.targets());
    folder.sweep_targets("aa");
    BOOST_TEST(fs::exists(path / "elsewhere/precious.db"));
}

BOOST_AUTO_TEST_CASE(target_files_stay_while_they_are_current) {
    fs::create_directories(folder.targets());
    put("targets/aa.db");
    put("targets/bb.db");
    folder.sweep_targets("bb");
    BOOST_TEST(!fs::exists(folder.target_file("aa")));
    BOOST_TEST(fs::exists(folder.target_file("bb")));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vanna::jobs
