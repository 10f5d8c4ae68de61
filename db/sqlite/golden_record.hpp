// What was hashed when: a few lines of JSON beside the copy, so that a start is a stat and not a full read. A
// record that is missing, odd or of another file costs a hash, nothing else.
#pragma once
#include "core/clock.hpp"
#include "db/sqlite/file_hash.hpp"

namespace vanna::sqlite {

struct hashed_file {
    file_stamp stamp;
    file_content content;
    std::optional<std::chrono::milliseconds> copy_took = {};  // of a copy, where its making was recorded
};

struct golden_record {
    std::optional<hashed_file> source, copy;
};

golden_record read_record(std::string const& path);
// Best effort: a record that cannot be written is only missed.
void write_record(std::string const& path, golden_record const& record);

}  // namespace vanna::sqlite
