#include "db/sqlite/golden_file.hpp"

#include <fcntl.h>
#include <sqlite3.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <thread>

#include "core/ids.hpp"
#include "db/sqlite/golden_check.hpp"

namespace vanna::sqlite {
namespace {

namespace fs = std::filesystem;

std::string record_path(golden_paths const& paths) {
    return paths.copy + ".state";
}

descriptor open_file(std::string const& path, int flags, mode_t mode = 0) {
    return descriptor(::open(path.c_str(), flags | O_CLOEXEC, mode));
}

// The file's content, from the record where that still applies; else hashed, and known to the next start.
result<found_file> content_of(golden_paths const& paths, int fd,
                              std::optional<hashed_file> golden_record::* which, bool in_full, bool remember,
                              interruption& watch) {
    auto const before = stamp_of(fd);
    auto const known = read_record(record_path(paths)).*which;
    if (!in_full && known && known->stamp == before) return found_file{known->content, {}};
    auto content = hash_file(fd, -1, paths.copy, watch);
    if (!content) return content.error();
    if (stamp_of(fd) != before) return found_file{{}, "it was written while it was read"};
    if (!remember) return found_file{std::move(*content), {}};
    auto record = read_record(record_path(paths));
    auto& entry = record.*which;
    entry = hashed_file{before, *content, entry && entry->stamp == before ? entry->copy_took : std::nullopt};
    write_record(record_path(paths), record);
    return found_file{std::move(*content), {}};
}

void sync_folder(fs::path const& folder) {
    auto const fd = open_file(folder.empty() ? "." : folder.string(), O_RDONLY | O_DIRECTORY);
    if (fd) ::fsync(fd.get());
}

}  // namespace

result<void> check_distinct(golden_paths const& paths) {
    std::error_code failed;
    bool const same =
        fs::weakly_canonical(paths.source, failed) == fs::weakly_canonical(paths.copy, failed) ||
        fs::equivalent(paths.source, paths.copy, failed);
    if (!same) return {};
    return error{errc::invalid_input,
                 public_text{"the protected source and the runtime copy are one file: " + paths.source +
                             "; name different files in TARGET_DB_SOURCE and TARGET_DB_PATH"}};
}

result<found_file> golden_file::look_at_source(bool in_full, interruption& watch, bool remember) const {
    if (auto const problem = source_problem(paths_.source); !problem.empty()) return found_file{{}, problem};
    auto const fd = open_file(paths_.source, O_RDONLY);
    if (!fd)
        return found_file{{}, system_error("the source database cannot be opened", paths_.source).message};
    return content_of(paths_, fd.get(), &golden_record::source, in_full, remember, watch);
}

result<found_file> golden_file::look_at_copy(bool in_full, interruption& watch, bool remember) const {
    auto const fd = open_file(paths_.copy, O_RDONLY);
    if (!fd)
        return found_file{
            {}, errno == ENOENT ? "there is none" : system_error("it cannot be opened", "").message};
    return content_of(paths_, fd.get(), &golden_record::copy, in_full, remember, watch);
}

std::string golden_file::restored_path(std::string const& version) const {
    return (fs::path(paths_.restored) / (version + ".db")).string();
}

found_file golden_file::look_at_restored(file_content const& expected) const {
    if (paths_.restored.empty()) return {{}, "it was not looked for: there is no folder of backups"};
    auto const path = restored_path(expected.version);
    auto const there = stamp_of(path);
    if (!there)
        return {{}, "there is none at " + path + "; does BACKUP_DIR name the folder all replicas share?"};
    if (there->size != expected.size)
        return {{},
                path + " has " + std::to_string(there->size) + " bytes, expected " +
                    std::to_string(expected.size)};
    return {expected, {}};
}

std::optional<hashed_file> golden_file::verified(std::string const& version) const {
    auto known = read_record(record_path(paths_)).copy;
    if (known && known->content.version != version) known.reset();
    return known;
}

golden_file::staged::~staged() {
    if (!path_.empty()) ::unlink(path_.c_str());
}

// Replicas that share the folder take turns. The lock falls with its holder, however that ends.
result<descriptor> golden_file::lock(interruption& watch) const {
    auto const path = paths_.copy + ".lock";
    auto fd = open_file(path, O_RDWR | O_CREAT, 0644);
    if (!fd) return system_error("the folder of the copy cannot be written", path);
    while (::flock(fd.get(), LOCK_EX | LOCK_NB) != 0) {
        if (errno != EWOULDBLOCK && errno != EINTR) return system_error("the copy cannot be locked", path);
        if (watch.due()) return *watch.cause();
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
    return fd;
}

// Temporary files of replicas that died: whoever holds the lock knows that nobody is writing them.
void golden_file::remove_leftovers() const {
    auto const copy = fs::path(paths_.copy);
    std::error_code ignored;
    for (auto const& entry : fs::directory_iterator(fs::absolute(copy).parent_path(), ignored))
        for (auto kind : {".tmp.", ".state.tmp."})
            if (entry.path().filename().string().starts_with(copy.filename().string() + kind))
                fs::remove(entry.path(), ignored);
}

result<golden_file::staged> golden_file::stage(file_content const& expected, std::string const& from,
                                               bool anew, interruption& watch) const {
    std::error_code failed;
    auto const folder = fs::absolute(paths_.copy).parent_path();
    fs::create_directories(folder, failed);
    step("lock");
    auto held = lock(watch);
    if (!held) return held.error();
    if (!anew)
        if (auto const present = look_at_copy(false, watch); present && present->content == expected)
            return staged(std::move(*held), {}, expected);
    remove_leftovers();
    auto const path = paths_.copy + ".tmp." + to_string(new_id());
    staged made(std::move(*held), path, expected);
    if (auto written = write_copy(from, path, expected, watch); !written) return written.error();
    return made;
}

result<void> golden_file::write_copy(std::string const& from, std::string const& path,
                                     file_content const& expected, interruption& watch) const {
    step("open");
    auto const source = open_file(from, O_RDONLY);
    if (!source) return system_error("the source database cannot be opened", from);
    auto const copy = open_file(path, O_RDWR | O_CREAT | O_EXCL, 0600);
    if (!copy) return system_error("the copy of the database cannot be made", path);
    step("write");
    auto const read = hash_file(source.get(), copy.get(), path, watch);
    if (!read) return read.error();
    step("sync");
    if (::fsync(copy.get()) != 0) return system_error("writing the copy of the database failed", path);
    if (auto const problem = source_problem(from); !problem.empty() || *read != expected)
        return error{errc::conflict,
                     public_text{!problem.empty() ? problem
                                                  : from +
                                                        " changed while it was copied, "
                                                        "or is damaged: expected " +
                                                        expected.version + ", read " + read->version}};
    step("verify");
    ::posix_fadvise(copy.get(), 0, 0, POSIX_FADV_DONTNEED);
    ::lseek(copy.get(), 0, SEEK_SET);
    auto const written = hash_file(copy.get(), -1, path, watch);
    if (!written) return written.error();
    if (*written != expected)
        return error{errc::unavailable,
                     public_text{"the copy differs from its source: the disk returns other bytes than "
                                 "were written"},
                     internal_text{path}};
    if (auto sound = quick_check(path, watch); !sound) return sound;
    step("protect");
    if (::fchmod(copy.get(), 0444) != 0) return system_error("the copy cannot be made read-only", path);
    return {};
}

result<void> golden_file::publish(staged ready) const {
    if (ready.path_.empty()) return {};
    step("rename");
    if (::rename(ready.path_.c_str(), paths_.copy.c_str()) != 0)
        return system_error("the copy cannot be put in place", paths_.copy);
    ready.path_.clear();
    step("sync folder");
    sync_folder(fs::absolute(paths_.copy).parent_path());
    step("record");
    golden_record record;
    auto const took = std::chrono::steady_clock::now() - ready.begun_;
    if (auto const stamp = stamp_of(paths_.copy))
        record.copy =
            hashed_file{*stamp, ready.content_, std::chrono::duration_cast<std::chrono::milliseconds>(took)};
    if (auto const stamp = stamp_of(paths_.source); stamp && stamp->size == ready.content_.size)
        record.source = read_record(record_path(paths_)).source;
    write_record(record_path(paths_), record);
    step("done");
    return {};
}

}  // namespace vanna::sqlite
