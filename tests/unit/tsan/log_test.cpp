// Every thread logs; the control thread reopens the file and the level is changed meanwhile.
#include "core/log.hpp"

#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <thread>

#include "tests/support/temporary_folder.hpp"

namespace vanna::log {

BOOST_AUTO_TEST_SUITE(log_sharing)

BOOST_AUTO_TEST_CASE(threads_log_while_the_file_is_reopened_and_the_level_changes) {
    constexpr int threads = 3, lines = 500;
    test::temporary_folder const folder;
    auto const file = std::filesystem::path(folder.path()) / "app.log";
    configure(level::info, "json", file.string());
    std::vector<std::thread> all;
    for (int t = 0; t < threads; ++t)
        all.emplace_back([] {
            for (int i = 0; i < lines; ++i) {
                if (enabled(level::debug)) debug("seldom");
                info("a line");
            }
        });
    for (int i = 0; i < 50; ++i) {
        set_level(i % 2 ? level::info : level::debug);
        reopen();
    }
    for (auto& t : all)
        t.join();
    flush();
    auto const text = test::contents(file.string());
    std::size_t found = 0;
    for (auto at = text.find("a line"); at != text.npos; at = text.find("a line", at + 1))
        ++found;
    BOOST_TEST(found == std::size_t(threads * lines));
    configure(level::info, "json", {});
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vanna::log
