#include "jobs/restore_journal.hpp"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include <boost/json.hpp>

#include "db/postgres/scratch.hpp"

namespace vanna::jobs {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;

using sqlite::system_error;

constexpr int format = 1;
constexpr std::size_t most_bytes = 64 * 1024;

fs::path path_of(backup_folder const& folder) {
    return folder.path() / ".restore-journal.json";
}

result<void> sync_folder(backup_folder const& folder) {
    descriptor const fd(::open(folder.path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!fd || ::fsync(fd.get()) != 0)
        return system_error("BACKUP_DIR cannot be synced", folder.path().string());
    return {};
}

error no_journal(fs::path const& path) {
    return {errc::unavailable,
            public_text{path.string() +
                        " is not the journal of a restore, or of a newer release: use the release that "
                        "wrote it; only if there is none, remove the file and restore again"}};
}

// Of one member; odd ones make the whole odd.
bool take(json::object const& from, std::string_view name, std::string& to) {
    auto const* found = from.if_contains(name);
    if (!found || !found->is_string()) return false;
    to = std::string(std::string_view(found->get_string()));
    return true;
}

bool take(json::object const& from, std::string_view name, uuid& to) {
    std::string text;
    auto const id = take(from, name, text) ? parse_uuid(text) : std::nullopt;
    if (id) to = *id;
    return id.has_value();
}

bool is_version(std::string_view text) {
    return text.size() == 64 && text.find_first_not_of("0123456789abcdef") == text.npos;
}

std::optional<restore_journal> parse(std::string const& text) {
    boost::system::error_code failed;
    auto const whole = json::parse(text, failed);
    auto const* members = failed ? nullptr : whole.if_object();
    if (!members) return {};
    auto const* stated = members->if_contains("format");
    if (!stated || *stated != json::value(format)) return {};
    restore_journal out;
    bool const is_whole = take(*members, "job", out.job) && take(*members, "entry", out.entry) &&
                          take(*members, "backup_id", out.backup_id) && take(*members, "stage", out.stage) &&
                          take(*members, "scratch", out.scratch) &&
                          take(*members, "collection", out.collection) &&
                          take(*members, "target_version", out.target_version);
    // Whoever can write the folder must not lead us elsewhere.
    bool const is_ours = (out.scratch.empty() || out.scratch == postgres::scratch_name(out.job)) &&
                         (out.target_version.empty() || is_version(out.target_version));
    if (!is_whole || !is_ours) return {};
    return out;
}

result<void> write_durably(fs::path const& path, std::string const& bytes) {
    descriptor const fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (!fd) return system_error("the journal of a restore cannot be made", path.string());
    if (::write(fd.get(), bytes.data(), bytes.size()) == ssize_t(bytes.size()) && ::fsync(fd.get()) == 0)
        return {};
    auto const why = system_error("the journal of a restore cannot be written", path.string());
    ::unlink(path.c_str());
    return why;
}

}  // namespace

result<std::optional<restore_journal>> read_journal(backup_folder const& folder) {
    auto const path = path_of(folder);
    descriptor const fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
    if (!fd && (errno == ENOENT || errno == ENOTDIR)) return std::optional<restore_journal>();
    if (!fd) return system_error("the journal of a restore cannot be read", path.string());
    std::string text(most_bytes, '\0');
    auto const size = ::read(fd.get(), text.data(), text.size());
    if (size < 0) return system_error("the journal of a restore cannot be read", path.string());
    text.resize(std::size_t(size));
    auto found = parse(text);
    if (!found) return no_journal(path);
    return found;
}

result<void> write_journal(backup_folder const& folder, restore_journal const& what) {
    auto const path = path_of(folder), temporary = fs::path(path.string() + ".tmp");
    auto const text = json::serialize(json::object{{"format", format},
                                                   {"job", to_string(what.job)},
                                                   {"entry", to_string(what.entry)},
                                                   {"backup_id", what.backup_id},
                                                   {"stage", what.stage},
                                                   {"scratch", what.scratch},
                                                   {"collection", what.collection},
                                                   {"target_version", what.target_version}}) +
                      "\n";
    if (auto ok = write_durably(temporary, text); !ok) return ok;
    if (::rename(temporary.c_str(), path.c_str()) != 0)
        return system_error("the journal of a restore cannot be put in place", path.string());
    return sync_folder(folder);
}

result<void> remove_journal(backup_folder const& folder) {
    auto const path = path_of(folder);
    ::unlink((path.string() + ".tmp").c_str());
    if (::unlink(path.c_str()) != 0 && errno != ENOENT)
        return system_error("the journal of a restore cannot be removed", path.string());
    return sync_folder(folder);
}

}  // namespace vanna::jobs
