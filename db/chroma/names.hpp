// Names of collections, as ChromaDB allows them: 3 to 512 of a-z A-Z 0-9 . _ -, a letter or digit at both
// ends, no two dots in a row, no IPv4 address.
#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace vanna::chroma {

bool is_valid_name(std::string_view name);
// The n of BASE_<n>; nothing for other names.
std::optional<unsigned> generation_of(std::string_view name, std::string_view base);
std::string generation_name(std::string_view base, unsigned n);

}  // namespace vanna::chroma
