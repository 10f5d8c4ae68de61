// A collection of ChromaDB as two files of a backup: collection.json tells of it, records.ndjson has one
// record a line: {"id", "document", "metadata", "embedding": base64 of its numbers as little-endian 32-bit
// floats}.
#pragma once
#include <filesystem>
#include <functional>
#include <unordered_map>

#include "core/async/work_pool.hpp"
#include "db/chroma/client.hpp"

namespace vanna::jobs {

std::string record_line(chroma::record const& r);  // with the line break
// invalid_input: not such a line.
result<chroma::record> parse_record_line(std::string_view line);

// Reads the collection through the API in pages and writes both files into `folder`; how many records.
// unavailable: ChromaDB is away, or the collection changed meanwhile; the disk's errors. `seen` is told how
// many are done of how many.
awaitable<result<std::size_t>> save_collection(chroma::client& from, std::string name,
                                               std::string fingerprint, std::filesystem::path folder,
                                               work_pool& pool,
                                               std::function<void(std::size_t, std::size_t)> seen,
                                               deadline limit);

// records.ndjson by id: keeps ids and places in memory, reads lines as they are asked for. Blocks: job pool
// only.
class saved_records {
  public:
    // invalid_input: a line that is none, twice the same id, or more than a million.
    static result<saved_records> open(std::filesystem::path file);
    std::size_t size() const { return places_.size(); }
    std::vector<std::string> ids() const;
    // Those of `ids` that are there, with embeddings.
    result<std::vector<chroma::record>> find(std::vector<std::string> const& ids) const;

  private:
    struct place {
        std::uint64_t offset = 0;
        std::uint32_t length = 0;
    };
    std::filesystem::path file_;
    std::unordered_map<std::string, place> places_;
};

}  // namespace vanna::jobs
