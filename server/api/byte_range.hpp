// The part of a file that a Range header asks for (RFC 9110, section 14): one range of bytes.
#pragma once
#include <cstdint>
#include <optional>
#include <string_view>

namespace vanna::api {

struct byte_range {
    std::uint64_t first = 0, length = 0;
};

enum class range_kind { whole, part, unsatisfiable };
struct asked_range {
    range_kind kind = range_kind::whole;
    byte_range bytes;
};
// Of a file of `size` bytes. What is no single range of bytes is ignored, as the RFC allows: the whole.
asked_range parse_range(std::string_view header, std::uint64_t size);

}  // namespace vanna::api
