#include "jobs/archive/extraction.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <memory>
#include <stdexcept>

#include "jobs/archive/manifest.hpp"
#include "jobs/archive/refusal.hpp"

namespace vanna::jobs::archive {
namespace {

constexpr std::array members{dump_name, collection_name, records_name, target_name};

descriptor open_folder(int at, char const* name) {
    return descriptor(::openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
}

bool is_empty(int folder) {
    std::unique_ptr<DIR, int (*)(DIR*)> const entries(::fdopendir(::fcntl(folder, F_DUPFD_CLOEXEC, 0)),
                                                      ::closedir);
    if (!entries) return false;
    while (auto const* e = ::readdir(entries.get()))
        if (std::string_view const name = e->d_name; name != "." && name != "..") return false;
    return true;
}

}  // namespace

result<extraction> extraction::open(std::string const& into) {
    bool const made = ::mkdir(into.c_str(), 0700) == 0;
    if (!made && errno != EEXIST) return system_refusal("making", into, errno);
    auto folder = open_folder(AT_FDCWD, into.c_str());
    if (!folder) return system_refusal("opening the folder", into, errno);
    if (!made && !is_empty(folder.get()))
        return error{errc::conflict, public_text{into + " is not empty; nothing is unpacked into it"}};
    return extraction(into, made, std::move(folder));
}

extraction::~extraction() {
    if (!folder_ || kept_) return;
    files_.clear();
    for (auto const& [name, opened] : folders_)
        ::unlinkat(folder_.get(), name.c_str(), AT_REMOVEDIR);
    if (made_) ::rmdir(into_.c_str());
}

result<new_file*> extraction::create(std::string_view name) {
    auto const known = std::ranges::find(members, name);
    if (known == members.end()) throw std::logic_error("no member of an archive has this name");
    auto const slash = known->find('/');
    auto at = folder_.get();
    if (slash != known->npos) {
        std::string const folder(known->substr(0, slash));
        auto found = std::ranges::find(folders_, folder, &std::pair<std::string, descriptor>::first);
        if (found == folders_.end()) {
            if (::mkdirat(at, folder.c_str(), 0700) != 0)
                return system_refusal("making", into_ + "/" + folder, errno);
            folders_.emplace_front(folder, open_folder(at, folder.c_str()));
            found = folders_.begin();
        }
        if (!found->second) return system_refusal("opening the folder", into_ + "/" + folder, errno);
        at = found->second.get();
    }
    auto made = new_file::create(at, std::string(known->substr(slash == known->npos ? 0 : slash + 1)),
                                 into_ + "/" + std::string(*known));
    if (!made) return made.error();
    return &files_.emplace_back(std::move(*made));
}

void extraction::keep() {
    kept_ = true;
    for (auto& f : files_)
        f.keep();
}

}  // namespace vanna::jobs::archive
