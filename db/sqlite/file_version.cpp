#include "db/sqlite/file_version.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cstring>

#include "db/sqlite/vfs.hpp"

namespace vanna::sqlite {

result<std::shared_ptr<file_version>> file_version::open(std::string path, std::string version,
                                                         guard_options options) {
    std::shared_ptr<file_version> made(new file_version(std::move(path), std::move(version), options));
    made->file_ = ::open(made->path_.c_str(), O_RDONLY | O_CLOEXEC);
    if (made->file_ < 0)
        return error{errc::unavailable, public_text{"the target database file cannot be opened"},
                     internal_text{made->path_ + ": " + std::strerror(errno)}};
    auto first = made->take();
    if (!first) return first.error();
    made->give_back(std::move(*first));
    return made;
}

file_version::~file_version() {
    idle_.clear();
    if (file_ >= 0) ::close(file_);
}

result<std::unique_ptr<connection>> file_version::take() {
    {
        std::lock_guard const lock(mutex_);
        if (!idle_.empty()) {
            auto taken = std::move(idle_.back());
            idle_.pop_back();
            return taken;
        }
    }
    bool const by_name = !options_.has(layer::read_only_file);
    return connection::open(by_name ? path_ : path_of_descriptor(file_), options_);
}

void file_version::give_back(std::unique_ptr<connection> used) {
    if (used->is_broken()) return;
    used->rest();
    std::lock_guard const lock(mutex_);
    if (!retired_) idle_.push_back(std::move(used));
}

void file_version::retire() {
    std::vector<std::unique_ptr<connection>> closing;
    std::lock_guard const lock(mutex_);
    retired_ = true;
    closing.swap(idle_);
}

}  // namespace vanna::sqlite
