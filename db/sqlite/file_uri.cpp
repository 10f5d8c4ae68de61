#include "db/sqlite/file_uri.hpp"

#include <filesystem>
#include <string_view>

namespace vanna::sqlite {

std::string file_uri(std::string const& path) {
    constexpr std::string_view hex = "0123456789ABCDEF";
    std::string uri = "file://";
    for (char c : std::filesystem::absolute(path).string()) {
        bool const plain = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
                           c == '/' || c == '-' || c == '_' || c == '.';
        if (plain)
            uri += c;
        else
            (uri += '%') += {hex[static_cast<unsigned char>(c) >> 4], hex[c & 15]};
    }
    return uri;
}

std::string immutable_uri(std::string const& path) {
    return file_uri(path) + "?mode=ro&immutable=1";
}

}  // namespace vanna::sqlite
