#include "jobs/work_folder.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <set>

namespace vanna::jobs {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view prefix = ".work-", lock_suffix = ".lock";
constexpr int most_takes = 20;

// Beside the folder, so that it can be held before the folder is there and after it is gone.
fs::path lock_path(fs::path const& folder) {
    return folder.string() + std::string(lock_suffix);
}

descriptor take(fs::path const& folder, int flags, int how = LOCK_EX | LOCK_NB) {
    auto const path = lock_path(folder);
    descriptor fd(::open(path.c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | flags, 0600));
    if (!fd || ::flock(fd.get(), how) != 0) return descriptor();
    // Somebody may have swept the name between the two.
    struct stat held{}, named{};
    if (::fstat(fd.get(), &held) != 0 || ::lstat(path.c_str(), &named) != 0 || held.st_ino != named.st_ino)
        return descriptor();
    return fd;
}

}  // namespace

result<work_folder> work_folder::create(fs::path const& parent, uuid job) {
    auto path = parent / (std::string(prefix) + to_string(job));
    auto lock = take(path, O_CREAT | O_EXCL);
    // A sweep may have got hold of it first: it lets go at once, and removes the name.
    for (int again = 0; !lock && again < most_takes; ++again)
        lock = take(path, O_CREAT, LOCK_EX);
    if (!lock) return sqlite::system_error("no temporary folder can be made in BACKUP_DIR", path.string());
    work_folder made(path, std::move(lock));
    if (::mkdir(path.c_str(), 0700) != 0)
        return sqlite::system_error("no temporary folder can be made in BACKUP_DIR", path.string());
    return made;
}

work_folder::work_folder(fs::path path, descriptor lock) : path_(std::move(path)), lock_(std::move(lock)) {}

work_folder::work_folder(work_folder&& other) noexcept
    : path_(std::exchange(other.path_, {})), lock_(std::move(other.lock_)) {}

work_folder::~work_folder() {
    if (path_.empty()) return;
    std::error_code ignored;
    fs::remove_all(path_, ignored);
    fs::remove(lock_path(path_), ignored);
}

awaitable<void> discard(work_folder folder, work_pool& pool) {
    (void)co_await offload(pool, [held = std::make_shared<work_folder>(std::move(folder))]() mutable {
        held.reset();
        return result<void>();
    });
}

std::size_t sweep_work_folders(fs::path const& parent) {
    std::set<std::string> folders;  // by their own names or by those of their locks
    std::error_code failed;
    for (fs::directory_iterator at(parent, failed); !failed && at != fs::directory_iterator();
         at.increment(failed)) {
        auto name = at->path().filename().string();
        if (!name.starts_with(prefix)) continue;
        if (name.ends_with(lock_suffix)) name.resize(name.size() - lock_suffix.size());
        folders.insert(std::move(name));
    }
    std::size_t swept = 0;
    for (auto const& name : folders) {
        auto const held = take(parent / name, O_CREAT);
        if (!held) continue;
        std::error_code ignored;
        fs::remove_all(parent / name, ignored);
        fs::remove(lock_path(parent / name), ignored);
        ++swept;
    }
    return swept;
}

}  // namespace vanna::jobs
