// A file of assets/ inside the program: CMake's vanna_embed(target namespace files...) generates a function
// `std::span<embedded_file const> files()` in that namespace, sorted by name; its user declares it.
#pragma once
#include <string_view>

namespace vanna {

struct embedded_file {
    std::string_view name;   // without its folder
    std::string_view bytes;  // lives as long as the program
};

}  // namespace vanna
