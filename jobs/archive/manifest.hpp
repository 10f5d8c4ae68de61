// The first member of a backup archive: what is in it, where it came from, and the signature over all of
// that. Text to struct and back; the bytes of a manifest are exactly those that to_text() would write.
#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/clock.hpp"
#include "core/error.hpp"
#include "jobs/archive/keys.hpp"

namespace vanna::jobs::archive {

// All members there can be. Whatever else an archive names is refused.
inline constexpr std::string_view manifest_name = "manifest.json";
inline constexpr std::string_view dump_name = "postgres.dump";
inline constexpr std::string_view collection_name = "chroma/collection.json";
inline constexpr std::string_view records_name = "chroma/records.ndjson";
inline constexpr std::string_view target_name = "target/vanna_db.db";

inline constexpr int newest_format = 1;
inline constexpr std::size_t most_manifest_bytes = 1u << 20;
inline constexpr std::size_t most_files = 16;

struct archived_file {
    std::string name;
    std::uint64_t size = 0;
    std::string sha256;  // 64 lower-case hexadecimal digits
    bool operator==(archived_file const&) const = default;
};

struct manifest {
    int format = newest_format;
    std::string engine_version;
    int postgres_version = 0;  // 150014
    std::string migration;     // the newest applied one's name
    instant created_at{};
    std::string kind;                     // "backup" or "safety"
    std::string target_version;           // empty: there is no target file in it
    std::string collection, fingerprint;  // empty: never trained
    std::uint64_t vectors = 0;
    std::map<std::string, std::int64_t> rows;  // by table
    std::vector<archived_file> files;          // all members but the manifest, in their order
    bool operator==(manifest const&) const = default;

    archived_file const* find(std::string_view name) const;  // null: it is not in the archive
    std::uint64_t bytes() const;                             // of all files together
};

// `wrong`: one of our keys is named and the HMAC does not match, so that it was changed after it was signed.
enum class signature { valid, absent, other_key, wrong };
std::string_view to_string(signature s);  // "valid", "absent", "other-key", "wrong"

// invalid_input, naming the field: no archive may say this. The writer asks it too.
result<void> check(manifest const& what);

// The signed text. `what` has passed check().
std::string to_text(manifest const& what, key const& signing);

struct parsed {
    manifest what;
    archive::signature signature = signature::absent;
    std::string key_id;  // that signed it; empty: none
};
// invalid_input with the slugs archive-format-newer (naming both numbers) and archive-manifest-invalid.
result<parsed> parse_manifest(std::string_view text, key_ring const& keys);

}  // namespace vanna::jobs::archive
