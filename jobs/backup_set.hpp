// One backup set as it lies in BACKUP_DIR: an archive, whose name tells when and what for, and beside it a
// small record of when it was last verified. A record that is missing, odd or of another file only means "not
// verified".
#pragma once
#include <filesystem>
#include <optional>

#include "core/clock.hpp"
#include "core/error.hpp"

namespace vanna::jobs {

enum class backup_kind { regular, safety };  // safety: taken by a restore of what it replaces

// "backup_2026-11-26_14:05:09.tar.gz" (UTC), "safety_…", "…_2.tar.gz" where the name was taken, "….enc" when
// encrypted.
struct backup_name {
    std::string id;  // without the extension
    backup_kind kind = backup_kind::regular;
    instant created_at{};
    bool encrypted = false;
    std::string file() const { return id + (encrypted ? ".tar.gz.enc" : ".tar.gz"); }
};
// `number` above 1 is appended.
backup_name name_backup(backup_kind kind, instant at, bool encrypted, unsigned number = 1);
// Of a file in the folder; nothing: it is no archive of ours.
std::optional<backup_name> parse_backup_file(std::string_view file);
// The id a caller gave, with or without extension; nothing: no backup can have it (so it is never a path).
std::optional<std::string> parse_backup_id(std::string_view text);

// What target_state.origin says of a target database that came from this backup, and the backup's id by it.
std::string origin_of(backup_name const& name);
std::optional<std::string> backup_of_origin(std::string_view origin);

struct verification {
    std::optional<instant> verified_at;  // everything was read and agreed with the manifest
    std::optional<instant> drilled_at;   // and it was restored into scratch stores
    std::string problem;                 // what the last verification found; empty: nothing
};

struct backup_set {
    backup_name name;
    std::uint64_t size = 0;
    verification checked;
};

// Blocks: job pool only, as all below. Best effort: a record that cannot be written is only missed.
// `read_as`: its identity when it was opened, where that was a while ago; another file gets no record.
void write_verification(std::filesystem::path const& archive, verification const& found,
                        std::string const& read_as = {});
// By which the file is known again: size, time and inode.
std::string identity_of(std::filesystem::path const& archive);
verification read_verification(std::filesystem::path const& archive);
std::filesystem::path verification_path(std::filesystem::path const& archive);

}  // namespace vanna::jobs
