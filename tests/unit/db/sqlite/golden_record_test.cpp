#include "db/sqlite/golden_record.hpp"

#include <sys/resource.h>

#include <boost/test/unit_test.hpp>
#include <csignal>

#include "tests/support/temporary_folder.hpp"

namespace vanna::sqlite {
namespace {

// A disk that takes no byte more, while it lives.
struct full_disk {
    full_disk() {
        std::signal(SIGXFSZ, SIG_IGN);
        getrlimit(RLIMIT_FSIZE, &before);
        rlimit none{0, before.rlim_max};
        setrlimit(RLIMIT_FSIZE, &none);
    }
    ~full_disk() { setrlimit(RLIMIT_FSIZE, &before); }
    rlimit before{};
};

}  // namespace

BOOST_AUTO_TEST_SUITE(golden_records)

BOOST_AUTO_TEST_CASE(a_record_that_cannot_be_written_leaves_the_one_that_is_there) {
    test::temporary_folder folder;
    auto const path = folder.path() + "/copy.db.state";
    auto const hashed = [](char digit) { return hashed_file{{7, 8, 9}, {std::string(64, digit), 7}}; };
    write_record(path, {{}, hashed('a')});
    {
        full_disk const full;
        write_record(path, {{}, hashed('b')});
    }
    auto const left = read_record(path).copy;
    BOOST_REQUIRE(left);
    BOOST_TEST(left->content.version == std::string(64, 'a'));
    BOOST_TEST((left->stamp == file_stamp{7, 8, 9}));
    auto const files = std::filesystem::directory_iterator(folder.path());
    BOOST_TEST(std::distance(begin(files), end(files)) == 1);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vanna::sqlite
