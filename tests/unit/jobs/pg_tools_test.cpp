#include "jobs/pg_tools.hpp"

#include <sys/stat.h>

#include <boost/test/unit_test.hpp>

#include "tests/unit/jobs/programs.hpp"

namespace vanna::jobs {
namespace {

// PATH with programs of the test's own before the real ones.
struct fake_tools {
    test::temporary_folder folder;
    only_path const path{folder.path() + ":" + std::getenv("PATH")};
    std::string const file = folder.path() + "/postgres.dump";

    void program(std::string const& name, std::string const& script) {
        put_program(folder.path() + "/" + name, "#!/bin/sh\n" + script);
    }
    std::string seen() const { return test::contents(folder.path() + "/seen"); }
};

pg_environment const login{{"PGHOST", "db.example"}, {"PGPASSWORD", "s3cret"}, {"PGDATABASE", "it's"}};

}  // namespace

BOOST_AUTO_TEST_SUITE(pg_tools)

BOOST_AUTO_TEST_CASE(a_dump_goes_to_a_new_file_and_the_password_to_the_environment) {
    fake_tools t;
    t.program("pg_dump", "echo \"$@\" > " + t.folder.path() + "/seen; echo \"$PGHOST $PGPASSWORD\"");
    BOOST_TEST(dump(login, "00000003-1", t.file, {}).has_value());
    BOOST_TEST(test::contents(t.file) == "db.example s3cret\n");
    BOOST_TEST(t.seen() ==
               "--format=custom --compress=0 --schema=public --no-owner --no-privileges --no-password "
               "--snapshot=00000003-1 --exclude-table-data=public.refresh_tokens "
               "--exclude-table-data=public.password_resets --exclude-table-data=public.cancellations\n");
    struct stat s{};
    ::stat(t.file.c_str(), &s);
    BOOST_TEST((s.st_mode & 0777) == 0600u);
    BOOST_TEST((dump(login, "00000003-1", t.file, {}).error().code == errc::conflict));
    BOOST_TEST(test::contents(t.file) == "db.example s3cret\n");
}

BOOST_AUTO_TEST_CASE(a_dump_that_fails_is_quoted_and_leaves_no_file) {
    fake_tools t;
    t.program("pg_dump", "echo half; echo 'pg_dump: error: connection refused' >&2; exit 1");
    auto const failed = dump(login, "1", t.file, {});
    BOOST_TEST((failed.error().code == errc::unavailable));
    BOOST_TEST(failed.error().message ==
               "pg_dump failed with exit status 1: pg_dump: error: connection refused");
    BOOST_TEST(!std::filesystem::exists(t.file));

    t.program("pg_dump", "echo half; exec tail -f /dev/null");
    BOOST_TEST((dump(login, "1", t.file, {.until = after(std::chrono::milliseconds(100))}).error().code ==
                errc::deadline_exceeded));
    BOOST_TEST(!std::filesystem::exists(t.file));
    BOOST_TEST(children_left() == 0u);
}

BOOST_AUTO_TEST_CASE(the_entries_of_a_dump_are_listed_without_comments) {
    fake_tools t;
    test::put_contents(t.file, "the dump");
    t.program("pg_restore", "echo \"; $@\"; echo ';'; echo '1; 0 0 TABLE public users'; cat; echo");
    auto const listed = list_dump(t.file, {}).value();
    BOOST_TEST((listed == std::vector<std::string>{"1; 0 0 TABLE public users", "the dump"}));
    t.program("pg_restore", "exec cat /dev/zero");
    BOOST_TEST((list_dump(t.file, {}).error().code == errc::too_large));
}

BOOST_AUTO_TEST_CASE(what_is_no_dump_is_refused_by_the_real_program) {
    test::temporary_folder const folder;
    auto const file = folder.path() + "/file";
    test::put_contents(file, "DROP DATABASE production;\n");
    auto const refused = list_dump(file, {});
    BOOST_TEST((refused.error().code == errc::invalid_input));
    BOOST_TEST(refused.error().message.find("pg_restore: error: input file") != std::string::npos,
               refused.error().message);
    std::filesystem::remove(file);
    BOOST_TEST((list_dump(file, {}).error().code == errc::not_found));
    std::filesystem::create_symlink("/etc/passwd", file);
    BOOST_TEST(list_dump(file, {}).error().type == "archive-no-regular-file");
}

BOOST_AUTO_TEST_CASE(a_dump_is_loaded_in_one_transaction_into_the_database_that_is_named) {
    fake_tools t;
    test::put_contents(t.file, "the dump");
    t.program("pg_restore", "{ echo \"$@\"; echo \"$PGPASSWORD\"; cat; } > " + t.folder.path() + "/seen");
    BOOST_TEST(load_dump(login, t.file, {}).has_value());
    BOOST_TEST(t.seen() ==
               "--exit-on-error --no-owner --no-privileges --single-transaction --no-password "
               "--dbname=dbname='it\\'s'\ns3cret\nthe dump");
    t.program("pg_restore", "echo 'pg_restore: error: could not execute query' >&2; exit 1");
    BOOST_TEST(load_dump(login, t.file, {}).error().message ==
               "pg_restore failed with exit status 1: pg_restore: error: could not execute query");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vanna::jobs
