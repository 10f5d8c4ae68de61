#include "jobs/restore_target.hpp"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "db/sqlite/golden_check.hpp"

namespace vanna::jobs {
namespace {

namespace fs = std::filesystem;

using sqlite::system_error;

error unfit(std::string why) {
    return error{errc::invalid_input,
                 public_text{"the target database in the archive is not usable: " + std::move(why)}}
        .with_type("archive-target");
}

result<void> sync(fs::path const& folder) {
    descriptor const fd(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!fd || ::fsync(fd.get()) != 0)
        return system_error("the folder of restored targets cannot be synced", folder.string());
    return {};
}

}  // namespace

result<void> check_target(fs::path const& file, archive::manifest const& what, watch const& until) {
    auto const* listed = what.find(archive::target_name);
    if (!listed || listed->sha256 != what.target_version)
        return unfit("it is not the version that the manifest names, " + what.target_version);
    if (auto const problem = sqlite::source_problem(file.string()); !problem.empty()) return unfit(problem);
    sqlite::interruption interruption;
    interruption.arm(until.until, until.stop.get());
    auto const sound = sqlite::integrity_check(file.string(), interruption);
    if (!sound && sound.error().code == errc::unavailable) return unfit(sound.error().message);
    return sound;
}

result<void> put_target(fs::path const& file, backup_folder const& folder, std::string const& version) {
    auto const to = folder.target_file(version);
    std::error_code failed;
    // Business data lies here as plain as in the copies that are made from it, and BACKUP_DIR may be shared.
    fs::create_directories(folder.targets(), failed);
    fs::permissions(folder.targets(), fs::perms::owner_all, failed);
    descriptor const fd(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
    if (!fd || ::fchmod(fd.get(), 0400) != 0 || ::fsync(fd.get()) != 0)
        return system_error("the restored target cannot be written", file.string());
    if (::rename(file.c_str(), to.c_str()) != 0)
        return system_error("the restored target cannot be put in place", to.string());
    for (auto const& changed : {folder.targets(), folder.path()})
        if (auto ok = sync(changed); !ok) return ok;
    return {};
}

result<void> remove_target(backup_folder const& folder, std::string const& version) {
    auto const path = folder.target_file(version);
    if (::unlink(path.c_str()) != 0 && errno != ENOENT)
        return system_error("the target of an undone restore cannot be removed", path.string());
    return {};
}

}  // namespace vanna::jobs
