#include "jobs/pg_dump.hpp"

// Its paths as std::filesystem's, else it wants Boost.Filesystem.
#define BOOST_PROCESS_USE_STD_FS
#include <boost/asio/io_context.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/readable_pipe.hpp>
#include <boost/optional.hpp>
#include <boost/type_traits.hpp>
// The two above first: Boost 1.81's process/v2 uses them without including them.
#include <boost/process/v2.hpp>
#include <charconv>

namespace vanna::jobs {

namespace process = boost::process::v2;

namespace {

constexpr std::string_view before_version = "(PostgreSQL) ";
constexpr std::size_t most_printed = 1024;
constexpr auto patience = std::chrono::seconds(5);

error cannot_run(std::string why) {
    return {errc::unavailable, public_text{"pg_dump cannot be run"}, internal_text{std::move(why)}};
}

}  // namespace

int major_version_of(std::string_view printed) {
    auto const at = printed.find(before_version);
    if (at == printed.npos) return 0;
    printed.remove_prefix(at + before_version.size());
    int major = 0;
    std::from_chars(printed.data(), printed.data() + printed.size(), major);
    return std::max(major, 0);
}

result<int> pg_dump_version() {
    auto const path = process::environment::find_executable("pg_dump");
    if (path.empty()) return error{errc::not_found, public_text{"there is no pg_dump in PATH"}};
    boost::asio::io_context context;
    boost::asio::readable_pipe out(context);
    boost::system::error_code ec;
    auto child = process::default_process_launcher()(
        context.get_executor(), ec, path, std::vector<std::string>{"--version"},
        process::process_stdio{.in = nullptr, .out = out, .err = nullptr});
    if (ec) return cannot_run(path.string() + ": " + ec.message());
    std::string printed(most_printed, '\0');
    std::size_t size = 0;
    bool ended = false;
    boost::asio::async_read(out, boost::asio::buffer(printed), [&](auto, std::size_t n) {
        size = n;
        ended = true;
    });
    context.run_for(patience);
    if (!ended) {
        child.terminate(ec);
        out.close(ec);
        context.restart();
        context.run();
        return cannot_run(path.string() + " --version does not end");
    }
    printed.resize(size);
    child.wait(ec);
    auto const major = major_version_of(printed);
    if (major == 0) return cannot_run(path.string() + " --version printed: " + printed);
    return major;
}

}  // namespace vanna::jobs
