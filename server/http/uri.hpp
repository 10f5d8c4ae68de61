// Percent-decoding of paths and query strings (RFC 3986; '+' is a space in a query, as forms send it), and
// the comparison of names that HTTP writes in any case.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace vanna::http {

// Nothing when an escape is malformed or yields a NUL, or the whole is not UTF-8.
std::optional<std::string> percent_decode(std::string_view text, bool plus_is_space = false);

using query_parameters = std::vector<std::pair<std::string, std::string>>;
// "a=1&b=&c" in order; repeated names stay. Nothing when an escape is malformed.
std::optional<query_parameters> parse_query(std::string_view text);

// ASCII letters alone have a case here: schemes, hosts, header tokens.
bool equal_in_any_case(std::string_view a, std::string_view b);

}  // namespace vanna::http
