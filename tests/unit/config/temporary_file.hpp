// A file with the given content for one test, gone with the object. This layer stands alone: it has no
// tests/support.
#pragma once
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

namespace vanna::config {

struct temporary_file {
    std::string path;
    explicit temporary_file(std::string const& content) {
        static int number = 0;
        path = (std::filesystem::temp_directory_path() /
                ("vanna_settings_" + std::to_string(getpid()) + "_" + std::to_string(number++)))
                   .string();
        std::ofstream(path) << content;
    }
    ~temporary_file() { std::filesystem::remove(path); }
};

}  // namespace vanna::config
