// Statements for a PostgreSQL target that would do harm even in a read-only transaction, or show what is
// nobody's business, if a role with the rights for it ran them.
#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace vanna::test {

// `text` with `with` in place of each `name`.
std::string filled(std::string_view text, std::string_view name, std::string_view with);

// `victim`: the process number of another session; `file`: where none is yet.
std::vector<std::string> harmful_statements(std::string_view victim, std::string_view file);

}  // namespace vanna::test
