// An empty folder for one test, removed with everything in it at the end.
#pragma once
#include <filesystem>
#include <fstream>
#include <iterator>

#include "core/ids.hpp"

namespace vanna::test {

class temporary_folder {
  public:
    temporary_folder() : path_(std::filesystem::temp_directory_path() / ("vanna-" + to_string(new_id()))) {
        std::filesystem::create_directories(path_);
    }
    ~temporary_folder() {
        std::error_code ec;
        std::filesystem::remove_all(path_, ec);
    }
    temporary_folder(temporary_folder const&) = delete;
    std::string path() const { return path_.string(); }

  private:
    std::filesystem::path path_;
};

inline std::string contents(std::string const& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}
inline void put_contents(std::string const& path, std::string const& bytes) {
    std::ofstream(path, std::ios::binary) << bytes;
}
// Every file below `path`, folders not counted.
inline std::size_t files_below(std::string const& path) {
    std::size_t n = 0;
    for (auto const& e : std::filesystem::recursive_directory_iterator(path))
        n += e.is_regular_file();
    return n;
}

}  // namespace vanna::test
