// UTF-8 as The Unicode Standard 15.0, table 3-7 defines it: what a byte sequence is worth, and its repair
// with U+FFFD, one for each maximal ill-formed part.
#pragma once
#include <string>
#include <string_view>

namespace vanna::sql {

struct utf8_step {
    std::size_t length;  // bytes of the character, or of the ill-formed part; at least 1
    bool valid;
};
// The first character of `text`, which must not be empty.
utf8_step next_utf8(std::string_view text);

bool is_utf8(std::string_view text);

// What there is of it in so many bytes, without a character that would be cut.
std::string_view first_bytes(std::string_view text, std::size_t most);

inline constexpr std::string_view replacement_character = "\xEF\xBF\xBD";

// How many characters stand before byte `offset` (error positions are given in characters).
std::size_t characters_before(std::string_view text, std::size_t offset);

}  // namespace vanna::sql
