#include "core/log.hpp"

#include <boost/test/unit_test.hpp>
#include <filesystem>

#include "tests/support/temporary_folder.hpp"

namespace vanna::log {

BOOST_AUTO_TEST_SUITE(logs)

BOOST_AUTO_TEST_CASE(a_log_that_cannot_be_reopened_goes_on_in_the_old_file_and_says_so) {
    test::temporary_folder const folder;
    auto const at = std::filesystem::path(folder.path()) / "logs";
    auto const rotated = std::filesystem::path(folder.path()) / "rotated";
    configure(level::info, "json", (at / "app.log").string());
    info("first");
    std::filesystem::rename(at, rotated);
    test::put_contents(at.string(), "a file where the folder was");
    BOOST_CHECK_NO_THROW(reopen());
    info("second");
    flush();
    auto const kept = test::contents((rotated / "app.log").string());
    BOOST_TEST(kept.find("cannot be opened again") != std::string::npos);
    BOOST_TEST(kept.find("second") != std::string::npos);
    std::filesystem::remove(at);
    reopen();
    info("third");
    flush();
    BOOST_TEST(test::contents((at / "app.log").string()).find("third") != std::string::npos);
    configure(level::info, "json", {});
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vanna::log
