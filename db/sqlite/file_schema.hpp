// The whole schema of a file that nobody serves, read in one go on the caller's thread, for `vanna-engine
// generate`.
#pragma once
#include <string>

#include "core/error.hpp"
#include "core/sql/schema.hpp"

namespace vanna::sqlite {

// With row counts and sample values, as far as ten seconds allow. unavailable when the file cannot be read.
result<sql::schema> read_file_schema(std::string const& path);

}  // namespace vanna::sqlite
