#include "jobs/pg_tools.hpp"

#include <fcntl.h>

#include "jobs/archive/files.hpp"
#include "jobs/child_process.hpp"

namespace vanna::jobs {
namespace {

constexpr std::size_t most_listed = 4 << 20;
// Sessions, not data: after a restore everybody logs in again.
constexpr std::array tables_without_rows{"refresh_tokens", "password_resets", "cancellations"};

// As one word of a connection string, so that no name is taken for a connection string itself.
std::string connection_to(pg_environment const& environment) {
    auto const found = environment.find("PGDATABASE");
    std::string out = "dbname='";
    for (char const c : found == environment.end() ? std::string() : found->second)
        (c == '\'' || c == '\\' ? out += '\\' : out) += c;
    return out + "'";
}

result<void> succeed(command const& what, stdio files, watch const& until) {
    auto const ended = run_child(what, files, until);
    if (!ended) return ended.error();
    return require_success(what, *ended);
}

result<descriptor> open_dump(std::string const& path, watch const& until) {
    auto file = archive::file_source::open(path, until);
    if (!file) return file.error();
    return std::move(*file).release();
}

}  // namespace

result<void> dump(pg_environment const& environment, std::string const& snapshot, std::string const& to,
                  watch const& until) {
    command what{"pg_dump",
                 {"--format=custom", "--compress=0", "--schema=public", "--no-owner", "--no-privileges",
                  "--no-password", "--snapshot=" + snapshot},
                 environment};
    for (auto const* table : tables_without_rows)
        what.arguments.push_back(std::string("--exclude-table-data=public.") + table);
    auto file = archive::new_file::create(AT_FDCWD, to, to);
    if (!file) return file.error();
    if (auto ok = succeed(what, {.output = file->get()}, until); !ok) return ok;
    file->keep();
    return {};
}

result<std::vector<std::string>> list_dump(std::string const& from, watch const& until) {
    auto const file = open_dump(from, until);
    if (!file) return file.error();
    command const what{"pg_restore", {"--list"}, {}};
    auto const ended = run_child(what, {.input = file->get(), .keep = most_listed}, until);
    if (!ended) return ended.error();
    if (auto ok = require_success(what, *ended); !ok) {
        auto e = ok.error();
        // Ended by a signal it has said nothing about the file, nor where a newer pg_dump wrote it.
        bool const is_too_old = e.message.find("unsupported version") != std::string::npos;
        if (ended->status <= 128 && !is_too_old) e.code = errc::invalid_input;
        return e;
    }
    std::vector<std::string> out;
    std::string_view rest = ended->kept;
    while (!rest.empty()) {
        auto const line = rest.substr(0, rest.find('\n'));
        rest.remove_prefix(std::min(line.size() + 1, rest.size()));
        if (!line.empty() && line[0] != ';') out.emplace_back(line);
    }
    return out;
}

result<void> load_dump(pg_environment const& environment, std::string const& from, watch const& until) {
    auto const file = open_dump(from, until);
    if (!file) return file.error();
    command const what{"pg_restore",
                       {"--exit-on-error", "--no-owner", "--no-privileges", "--single-transaction",
                        "--no-password", "--dbname=" + connection_to(environment)},
                       environment};
    return succeed(what, {.input = file->get()}, until);
}

}  // namespace vanna::jobs
