// A backup's parts for tests: keys, members in a temporary folder, their manifest, and the archive of them.
#pragma once
#include "jobs/archive/reader.hpp"
#include "jobs/archive/writer.hpp"
#include "tests/unit/jobs/programs.hpp"

namespace vanna::jobs::archive {

inline config::settings settings_with(std::string encryption, std::string jwt = std::string(32, 'j')) {
    config::settings s{};
    s.encryption_key = std::move(encryption);
    s.jwt_secret = std::move(jwt);
    return s;
}

inline key_ring our_keys() {
    return keys_from(settings_with("the encryption key"));
}

// Neither small nor regular: text with numbers that differ.
inline std::string some_text(std::size_t size) {
    std::string out;
    for (std::uint64_t n = 1; out.size() < size; n = n * 6364136223846793005u + 1442695040888963407u)
        out += "row " + std::to_string(n) + " of a table\n";
    out.resize(size);
    return out;
}

struct sample {
    test::temporary_folder folder;
    std::map<std::string, std::string, std::less<>> contents;
    std::vector<member> members;
    manifest what;

    explicit sample(std::string dump = some_text(300'000)) {
        what.engine_version = "0.1.0";
        what.postgres_version = 150014;
        what.migration = "0005_jobs";
        what.created_at = *parse_rfc3339("2026-01-02T03:04:05.678901Z");
        what.kind = "backup";
        what.target_version = std::string(64, 'a');
        what.collection = "vanna_knowledge_3";
        what.fingerprint = "builtin:384";
        what.vectors = 2;
        what.rows = {{"queries", 12}, {"users", 3}};
        add(dump_name, std::move(dump));
        add(collection_name, "{\"name\":\"vanna_knowledge_3\"}");
        add(records_name, "");
        add(target_name, std::string("SQLite format 3\0", 16) + std::string(65536 * 2 - 16, 'x'));
    }

    void add(std::string_view name, std::string bytes) {
        auto const path = folder.path() + "/member" + std::to_string(members.size());
        test::put_contents(path, bytes);
        members.push_back({std::string(name), path});
        what.files.push_back(describe(std::string(name), path, {}).value());
        contents[std::string(name)] = std::move(bytes);
    }

    std::string path() const { return folder.path() + "/backup.tar.gz"; }
    std::string into() const { return folder.path() + "/into"; }

    result<written_archive> write(write_options how = {}, watch const& until = {},
                                  progress const& seen = {}) const {
        return write_archive(path(), what, members, our_keys(), how, until, seen);
    }
};

// Neither an archive, nor a folder of members, nor a child is left.
inline bool nothing_left(sample const& s) {
    return !std::filesystem::exists(s.path()) && !std::filesystem::exists(s.into()) && children_left() == 0;
}

}  // namespace vanna::jobs::archive
