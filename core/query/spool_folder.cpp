#include "core/query/spool_folder.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <filesystem>

#include "core/ids.hpp"
#include "core/log.hpp"

namespace vanna::query {
namespace {

namespace fs = std::filesystem;
constexpr char const* rejected_folder = "rejected";

error away(std::string const& path, std::string const& why) {
    return error{errc::unavailable, public_text{"the spool of query records cannot be used"},
                 internal_text{"SPOOL_DIR: " + path + ": " + why +
                               "; it must be a folder that this user may write to"}};
}

}  // namespace

spool_folder::spool_folder(std::string root, std::string path, int lock)
    : root_(std::move(root)), path_(std::move(path)), lock_(lock) {}

spool_folder::spool_folder(spool_folder&& other) noexcept
    : root_(std::move(other.root_)), path_(std::move(other.path_)), lock_(std::exchange(other.lock_, -1)) {}

spool_folder::~spool_folder() {
    if (lock_ < 0) return;
    if (segments().empty()) {
        ::unlink((path_ + "/lock").c_str());
        ::rmdir(path_.c_str());
    }
    ::close(lock_);
}

// The lock's descriptor; -1 when another process holds it or has just removed the folder.
int spool_folder::try_lock(std::string const& path) {
    auto const name = path + "/lock";
    errno = 0;
    int const fd = ::open(name.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0) return -1;
    struct stat held, named;
    if (::flock(fd, LOCK_EX | LOCK_NB) == 0 && ::fstat(fd, &held) == 0 && ::stat(name.c_str(), &named) == 0 &&
        held.st_ino == named.st_ino && held.st_dev == named.st_dev)
        return fd;
    ::close(fd);
    return -1;
}

result<spool_folder> spool_folder::create(std::string const& root) {
    std::error_code ec;
    fs::create_directories(root, ec);
    if (ec) return away(root, ec.message());
    // Another process may take a folder for abandoned in the instant before it is locked: then the next name.
    for (int attempt = 0; attempt < 10; ++attempt) {
        auto const path = root + "/" + to_string(new_id());
        if (::mkdir(path.c_str(), 0700) != 0) return away(path, std::strerror(errno));
        if (int const fd = try_lock(path); fd >= 0) return spool_folder(root, path, fd);
        if (errno != EWOULDBLOCK && errno != ENOENT && errno != 0) return away(path, std::strerror(errno));
    }
    return away(root, "a new folder could not be locked");
}

std::vector<spool_folder> spool_folder::abandoned(std::string const& root) {
    std::vector<spool_folder> out;
    std::error_code ec;
    for (fs::directory_iterator it(root, ec), end; !ec && it != end; it.increment(ec)) {
        std::error_code gone;
        if (!it->is_directory(gone) || it->path().filename() == rejected_folder) continue;
        auto const path = it->path().string();
        if (int const fd = try_lock(path); fd >= 0) out.push_back(spool_folder(root, path, fd));
    }
    return out;
}

std::vector<std::string> spool_folder::segments() const {
    std::vector<std::string> out;
    std::error_code ec;
    for (fs::directory_iterator it(path_, ec), end; !ec && it != end; it.increment(ec))
        if (it->path().extension() == ".spool") out.push_back(it->path().string());
    std::sort(out.begin(), out.end());
    return out;
}

std::string spool_folder::rejected_path() const {
    return root_ + "/" + rejected_folder + "/" + fs::path(path_).filename().string() + ".rejected";
}

result<std::string> read_file(std::string const& path) {
    int const fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    struct stat is;
    if (fd < 0 || ::fstat(fd, &is) != 0) {
        auto const why = std::strerror(errno);
        if (fd >= 0) ::close(fd);
        return away(path, why);
    }
    std::string out(std::size_t(is.st_size), '\0');
    std::size_t done = 0;
    while (done < out.size()) {
        auto const n = ::read(fd, out.data() + done, out.size() - done);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) break;
        done += std::size_t(n);
    }
    ::close(fd);
    if (done < out.size()) return away(path, "ended early while it was read");
    return out;
}

bool append_to_file(std::string const& path, std::string_view bytes) {
    std::error_code ec;
    fs::create_directories(fs::path(path).parent_path(), ec);
    int const fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    bool const done = fd >= 0 && ::write(fd, bytes.data(), bytes.size()) == ssize_t(bytes.size());
    if (!done)
        log::error("a spool file could not be written", {{"path", path}, {"error", std::strerror(errno)}});
    if (fd >= 0) ::close(fd);
    return done;
}

}  // namespace vanna::query
