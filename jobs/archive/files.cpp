#include "jobs/archive/files.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "jobs/archive/refusal.hpp"

namespace vanna::jobs::archive {

result<file_source> file_source::open(std::string const& path, watch const& until) {
    // Not to wait for a fifo's other end, before fstat has told what it is.
    descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
    auto const irregular = [&] {
        return refusal("archive-no-regular-file",
                       path + " is no regular file: links, folders and devices are refused");
    };
    if (!file && errno == ELOOP) return irregular();
    if (!file) return system_refusal("opening", path, errno);
    struct stat s{};
    if (::fstat(file.get(), &s) != 0) return system_refusal("opening", path, errno);
    if (!S_ISREG(s.st_mode)) return irregular();
    ::posix_fadvise(file.get(), 0, 0, POSIX_FADV_SEQUENTIAL);
    return file_source(path, until, std::move(file), std::uint64_t(s.st_size));
}

result<std::size_t> file_source::read(char* to, std::size_t most) {
    if (auto ok = until_.check(); !ok) return ok.error();
    for (;;) {
        auto const n = ::read(file_.get(), to, most);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return system_refusal("reading", path_, errno);
        done_ += std::size_t(n);
        return std::size_t(n);
    }
}

bool file_source::begins_with(std::string_view bytes) const {
    std::string begin(bytes.size(), '\0');
    return ::pread(file_.get(), begin.data(), begin.size(), 0) == ssize_t(begin.size()) && begin == bytes;
}

result<new_file> new_file::create(int at, std::string name, std::string shown) {
    descriptor file(::openat(at, name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (!file) return system_refusal("making", shown, errno);
    return new_file(at, std::move(name), std::move(shown), std::move(file));
}

new_file::~new_file() {
    if (file_ && !kept_) ::unlinkat(at_, name_.c_str(), 0);
}

result<void> new_file::write(std::string_view bytes) {
    while (!bytes.empty()) {
        auto const n = ::write(file_.get(), bytes.data(), bytes.size());
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return system_refusal("writing", shown_, errno);
        bytes.remove_prefix(std::size_t(n));
    }
    return {};
}

result<void> new_file::sync() {
    if (::fsync(file_.get()) == 0) return {};
    return system_refusal("writing", shown_, errno);
}

}  // namespace vanna::jobs::archive
