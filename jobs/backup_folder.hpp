// BACKUP_DIR on disk: its marker, the sets in it, the place of restored target files. Others may write there
// too: nothing but plain files is opened, and links are not followed. Blocks: job pool only.
// .vanna-backups is the marker: an id that the System DB remembers, by which the folder is told from an empty
// mount. backup_….tar.gz is a set, backup_….tar.gz.json the record of its verification,
// backup_….tar.gz.partial one that is being written (a dead process's, when nobody holds the jobs' lock).
// targets/<sha256>.db is the target database of a restored backup while it is the current one. .work-<job>/
// has a job's temporary files.
#pragma once
#include <vector>

#include "core/ids.hpp"
#include "db/sqlite/file_hash.hpp"
#include "jobs/backup_set.hpp"

namespace vanna::jobs {

class backup_folder {
  public:
    explicit backup_folder(std::filesystem::path path) : path_(std::move(path)) {}

    std::filesystem::path const& path() const { return path_; }
    std::filesystem::path targets() const { return path_ / "targets"; }
    std::filesystem::path target_file(std::string const& version) const {
        return targets() / (version + ".db");
    }

    // The id in the marker; nothing: there is none. unavailable: the folder cannot be read.
    result<std::optional<uuid>> marker() const;
    // Makes the folder and the marker, durably, unless there is one; what it holds then.
    result<uuid> make_marker() const;

    // Whole sets, newest last; whatever else lies there is left alone and not listed.
    result<std::vector<backup_set>> list() const;
    // not_found: no such set.
    result<backup_set> find(std::string const& id) const;
    std::filesystem::path path_of(backup_set const& set) const { return path_ / set.name.file(); }

    // Bytes that may be unpacked here: what is free, but for a reserve that others need.
    std::uint64_t room() const;

    // A name that no set has yet, and its path while it is being written.
    backup_name free_name(backup_kind kind, instant at, bool encrypted) const;
    std::filesystem::path partial_path(backup_name const& name) const {
        return path_ / (name.file() + ".partial");
    }
    // Gives the written archive its name, durably; never over another's. conflict: the name was taken
    // meanwhile.
    result<void> publish(backup_name const& name) const;
    // The set and what is known of it; true: it was there.
    result<bool> remove(backup_name const& name) const;
    // Of processes that died: call it with the jobs' lock held.
    void sweep() const;
    // Target files of restores that are not `current` any more.
    void sweep_targets(std::string const& current) const;

  private:
    result<void> sync() const;
    std::filesystem::path path_;
};

// An open archive for reading, safe from being pruned meanwhile. not_found; unavailable.
result<descriptor> open_set(backup_folder const& folder, backup_set const& set);

}  // namespace vanna::jobs
