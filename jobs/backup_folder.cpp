#include "jobs/backup_folder.hpp"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

#include "jobs/work_folder.hpp"

namespace vanna::jobs {
namespace {

namespace fs = std::filesystem;

using sqlite::system_error;

constexpr char marker_name[] = ".vanna-backups";
constexpr std::string_view partial = ".partial", record = ".json";
constexpr std::size_t uuid_length = 36;
constexpr std::chrono::seconds record_time{60};  // more than writing one takes

constexpr std::uint64_t reserve = 64 << 20;
// Links are not followed, and a pipe must not hold whoever opens it.
constexpr int plain_read = O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK;

bool is_plain_file(int fd) {
    struct stat is{};
    return ::fstat(fd, &is) == 0 && S_ISREG(is.st_mode);
}

error cannot_read(fs::path const& path, std::error_code why) {
    return {errc::unavailable,
            public_text{"BACKUP_DIR " + path.string() + " cannot be read: " + why.message()}};
}

// Calls `see` with the name of each entry; what goes meanwhile does not matter.
template <class F>
std::error_code each_entry(fs::path const& folder, F see) {
    std::error_code failed;
    for (fs::directory_iterator at(folder, failed); !failed && at != fs::directory_iterator();
         at.increment(failed))
        see(at->path().filename().string());
    return failed;
}

bool is_older_than(fs::path const& path, std::chrono::seconds age) {
    struct stat found{};
    return ::lstat(path.c_str(), &found) == 0 && ::time(nullptr) - found.st_mtime > age.count();
}

// Of an archive, of its record, of a marker.
bool is_left_over(fs::path const& folder, std::string const& name) {
    auto const is_of_set = [](std::string_view file) {
        if (file.ends_with(record)) file.remove_suffix(record.size());
        return parse_backup_file(file).has_value();
    };
    // A verification may be writing its record at this moment.
    if (name.ends_with(std::string(record) + std::string(partial)) &&
        !is_older_than(folder / name, record_time))
        return false;
    if (name.ends_with(partial))
        return is_of_set(std::string_view(name).substr(0, name.size() - partial.size()));
    if (name.starts_with(std::string(marker_name) + ".")) return true;
    // Records of archives that somebody took away by hand.
    std::error_code failed;
    return name.ends_with(record) && is_of_set(name) &&
           !fs::exists(folder / name.substr(0, name.size() - record.size()), failed);
}

error no_such_set(std::string const& id) {
    return {errc::not_found, public_text{"there is no backup " + id +
                                         "; GET /api/v1/admin/db/backup/list and "
                                         "`vanna-engine backup list` name them all"}};
}

result<void> write_whole(fs::path const& path, std::string_view bytes) {
    descriptor const fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (!fd) return system_error("the marker of BACKUP_DIR cannot be made", path.string());
    if (::write(fd.get(), bytes.data(), bytes.size()) != ssize_t(bytes.size()) || ::fsync(fd.get()) != 0) {
        auto const why = system_error("the marker of BACKUP_DIR cannot be written", path.string());
        ::unlink(path.c_str());
        return why;
    }
    return {};
}

}  // namespace

result<std::optional<uuid>> backup_folder::marker() const {
    auto const path = path_ / marker_name;
    descriptor const fd(::open(path.c_str(), plain_read));
    if (!fd && (errno == ENOENT || errno == ENOTDIR)) return std::optional<uuid>();
    if (!fd) return system_error("BACKUP_DIR cannot be read", path.string());
    char text[uuid_length];
    if (!is_plain_file(fd.get()) || ::read(fd.get(), text, sizeof text) != ssize_t(sizeof text))
        return std::optional<uuid>();
    return parse_uuid({text, sizeof text});
}

result<uuid> backup_folder::make_marker() const {
    std::error_code failed;
    fs::create_directories(path_, failed);
    if (failed)
        return error{errc::unavailable,
                     public_text{"BACKUP_DIR " + path_.string() + " cannot be made: " + failed.message()}};
    auto const there = marker();
    if (!there) return there.error();
    if (*there) return **there;
    auto const id = new_id();
    auto const temporary = path_ / (std::string(marker_name) + "." + to_string(id));
    if (auto ok = write_whole(temporary, to_string(id) + "\n"); !ok) return ok.error();
    // Whoever is first makes it.
    auto const made = ::link(temporary.c_str(), (path_ / marker_name).c_str()) == 0;
    auto const why = errno;
    ::unlink(temporary.c_str());
    if (!made && why != EEXIST)
        return error{errc::unavailable, public_text{"the marker of BACKUP_DIR cannot be made: " +
                                                    std::generic_category().message(why)}};
    if (auto ok = sync(); !ok) return ok.error();
    auto const now_there = marker();
    if (!now_there) return now_there.error();
    if (!*now_there)
        return error{errc::unavailable,
                     public_text{"the marker " + (path_ / marker_name).string() +
                                 " is damaged: remove it, and the next backup makes it anew"}};
    return **now_there;
}

result<std::vector<backup_set>> backup_folder::list() const {
    std::vector<backup_set> out;
    auto const failed = each_entry(path_, [&](std::string const& entry) {
        auto name = parse_backup_file(entry);
        struct stat found{};
        if (!name || ::lstat((path_ / entry).c_str(), &found) != 0 || !S_ISREG(found.st_mode)) return;
        out.push_back({std::move(*name), std::uint64_t(found.st_size), read_verification(path_ / entry)});
    });
    if (failed && failed != std::errc::no_such_file_or_directory) return cannot_read(path_, failed);
    std::ranges::sort(out, {}, [](backup_set const& s) {
        return std::tuple(s.name.created_at, s.name.id.size(), s.name.id);
    });
    return out;
}

result<backup_set> backup_folder::find(std::string const& id) const {
    auto const plain = parse_backup_id(id);
    if (!plain) return no_such_set(id);
    auto const all = list();
    if (!all) return all.error();
    for (auto const& set : *all)
        if (set.name.id == *plain) return set;
    return no_such_set(id);
}

backup_name backup_folder::free_name(backup_kind kind, instant at, bool encrypted) const {
    for (unsigned number = 1;; ++number) {
        auto name = name_backup(kind, at, encrypted, number);
        std::error_code failed;
        bool taken = fs::exists(fs::symlink_status(partial_path(name), failed));
        for (bool either : {false, true}) {
            auto other = name;
            other.encrypted = either;
            taken = taken || fs::exists(fs::symlink_status(path_ / other.file(), failed));
        }
        if (!taken) return name;
    }
}

result<void> backup_folder::publish(backup_name const& name) const {
    auto const from = partial_path(name), to = path_ / name.file();
    if (::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE) != 0) {
        // Some network file systems know no such rename; the jobs' lock keeps others away.
        std::error_code failed;
        if (errno == EINVAL && !fs::exists(to, failed) && ::rename(from.c_str(), to.c_str()) == 0)
            return sync();
        if (errno == EEXIST) return error{errc::conflict, public_text{to.string() + " exists already"}};
        return system_error("the finished archive cannot be given its name", to.string());
    }
    return sync();
}

result<bool> backup_folder::remove(backup_name const& name) const {
    auto const path = path_ / name.file();
    bool const was_there = ::unlink(path.c_str()) == 0;
    if (!was_there && errno != ENOENT) return system_error("the backup cannot be removed", path.string());
    ::unlink(verification_path(path).c_str());
    if (auto ok = sync(); !ok) return ok.error();
    return was_there;
}

void backup_folder::sweep() const {
    each_entry(path_, [&](std::string const& name) {
        if (is_left_over(path_, name)) ::unlink((path_ / name).c_str());
    });
    sweep_work_folders(path_);
}

void backup_folder::sweep_targets(std::string const& current) const {
    descriptor const folder(::open(targets().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW));
    if (!folder) return;
    each_entry(targets(), [&](std::string const& name) {
        if (name != current + ".db") ::unlinkat(folder.get(), name.c_str(), 0);
    });
}

std::uint64_t backup_folder::room() const {
    std::error_code failed;
    auto const free = fs::space(path_, failed).available;
    return failed || free < reserve ? 0 : free - reserve;
}

result<void> backup_folder::sync() const {
    descriptor const fd(::open(path_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!fd || ::fsync(fd.get()) != 0) return system_error("BACKUP_DIR cannot be synced", path_.string());
    return {};
}

result<descriptor> open_set(backup_folder const& folder, backup_set const& set) {
    auto const path = folder.path_of(set);
    descriptor fd(::open(path.c_str(), plain_read));
    if (!fd && errno == ENOENT) return no_such_set(set.name.id);
    if (!fd) return system_error("the backup cannot be opened", path.string());
    if (!is_plain_file(fd.get())) return no_such_set(set.name.id);
    return fd;
}

}  // namespace vanna::jobs
