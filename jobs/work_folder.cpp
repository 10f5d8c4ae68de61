#include "jobs/work_folder.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

namespace vanna::jobs {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view prefix = ".work-";

// Beside the folder, so that it can be held before the folder is there and after it is gone.
fs::path lock_path(fs::path const& folder) {
    return folder.string() + ".lock";
}

descriptor take(fs::path const& folder, int flags) {
    descriptor fd(::open(lock_path(folder).c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW | flags, 0600));
    if (fd && ::flock(fd.get(), LOCK_EX | LOCK_NB) != 0) return descriptor();
    return fd;
}

}  // namespace

result<work_folder> work_folder::create(fs::path const& parent, uuid job) {
    auto path = parent / (std::string(prefix) + to_string(job));
    auto lock = take(path, O_CREAT | O_EXCL);
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

std::size_t sweep_work_folders(fs::path const& parent) {
    std::error_code failed;
    std::size_t swept = 0;
    for (auto const& entry : fs::directory_iterator(parent, failed)) {
        auto const name = entry.path().filename().string();
        if (!name.starts_with(prefix) || !name.ends_with(".lock")) continue;
        auto const folder = parent / name.substr(0, name.size() - 5);
        auto const lock = take(folder, 0);
        if (!lock) continue;
        std::error_code ignored;
        fs::remove_all(folder, ignored);
        fs::remove(entry.path(), ignored);
        ++swept;
    }
    return swept;
}

}  // namespace vanna::jobs
