// Paths as the URIs that SQLite opens, with every byte that means something there escaped.
#pragma once
#include <string>

namespace vanna::sqlite {

// "file:///abs/path" of a path that may be relative.
std::string file_uri(std::string const& path);
// The same with mode=ro&immutable=1: no lock is taken, no -wal, -shm or -journal is looked for or made.
std::string immutable_uri(std::string const& path);

}  // namespace vanna::sqlite
