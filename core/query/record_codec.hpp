// Records as the spool's bytes: frames of length, CRC-32C and a compact little-endian payload that starts
// with a version and the record's key. Used by the spool and by whoever adopts the spool of a dead process.
#pragma once
#include "core/query/record.hpp"

namespace vanna::query {

inline constexpr std::size_t frame_header = 8, most_frame_bytes = 16u << 20;

// Appends one whole frame.
void append_frame(std::string& out, record const& r);

// The size of the whole frame that `bytes` begins with; 0 when it is torn or damaged.
std::size_t frame_at(std::string_view bytes);
// The record of a frame that frame_at() accepted; nothing when another version wrote it.
std::optional<record> decode_frame(std::string_view frame);
// When the record was made, by its key, without decoding the rest.
std::optional<instant> time_of_frame(std::string_view frame);

}  // namespace vanna::query
