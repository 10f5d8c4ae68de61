// What every user of libsodium needs here: its start, and bytes of a string as it takes them.
#pragma once
#include <sodium.h>

#include <stdexcept>
#include <string>
#include <string_view>

namespace vanna::jobs::archive {

// Before any other call; as often as one likes, from any thread.
inline void start_sodium() {
    static bool const ready = sodium_init() >= 0;
    if (!ready) throw std::runtime_error("libsodium cannot be used on this machine");
}

inline unsigned char const* raw(std::string_view bytes) {
    return reinterpret_cast<unsigned char const*>(bytes.data());
}
inline unsigned char* raw(std::string& bytes) {
    return reinterpret_cast<unsigned char*>(bytes.data());
}

}  // namespace vanna::jobs::archive
