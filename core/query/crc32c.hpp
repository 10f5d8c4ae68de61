// CRC-32C (Castagnoli, RFC 3720 appendix B.4): tells a torn or damaged spool record from a whole one. By the
// processor where it can, else by table.
#pragma once
#include <cstdint>
#include <string_view>

namespace vanna::query {

std::uint32_t crc32c(std::string_view bytes);
std::uint32_t crc32c_by_table(std::string_view bytes);  // the same, for processors without the instruction

}  // namespace vanna::query
