#include "jobs/pg_dump.hpp"

#include <charconv>

#include "jobs/child_process.hpp"

namespace vanna::jobs {
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
    command const what{"pg_dump", {"--version"}, {}};
    auto const ended = run_child(what, {.keep = most_printed}, {.until = after(patience)});
    if (!ended)
        return ended.error().code == errc::not_found ? ended.error() : cannot_run(ended.error().message);
    auto const major = major_version_of(ended->kept);
    if (major == 0) return cannot_run("pg_dump --version printed: " + ended->kept + ended->errors);
    return major;
}

}  // namespace vanna::jobs
