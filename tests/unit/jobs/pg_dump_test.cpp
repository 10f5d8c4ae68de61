#include "jobs/pg_dump.hpp"

#include <boost/test/unit_test.hpp>

#include "tests/unit/jobs/programs.hpp"

namespace vanna::jobs {
BOOST_AUTO_TEST_SUITE(pg_dump)

BOOST_AUTO_TEST_CASE(the_major_version_is_read_from_what_it_prints) {
    BOOST_TEST(major_version_of("pg_dump (PostgreSQL) 15.14 (Debian 15.14-0+deb12u1)\n") == 15);
    BOOST_TEST(major_version_of("pg_dump (PostgreSQL) 17beta1\n") == 17);
    BOOST_TEST(major_version_of("pg_dump (PostgreSQL) \n") == 0);
    BOOST_TEST(major_version_of("command not found") == 0);
}

BOOST_AUTO_TEST_CASE(the_program_of_the_path_is_asked) {
    test::temporary_folder const folder;
    only_path const path(folder.path());
    BOOST_TEST((pg_dump_version().error().code == errc::not_found));
    put_program(folder.path() + "/pg_dump", "#!/bin/sh\necho 'pg_dump (PostgreSQL) 14.2'\n");
    BOOST_TEST(pg_dump_version().value() == 14);
    put_program(folder.path() + "/pg_dump", "#!/bin/sh\nexit 3\n");
    BOOST_TEST((pg_dump_version().error().code == errc::unavailable));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vanna::jobs
