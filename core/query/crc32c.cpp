#include "core/query/crc32c.hpp"

#include <array>
#include <cstring>
#ifdef __x86_64__
#include <nmmintrin.h>
#endif

namespace vanna::query {
namespace {

constexpr auto table = [] {
    std::array<std::uint32_t, 256> out{};
    for (std::uint32_t i = 0; i < 256; ++i) {
        out[i] = i;
        for (int bit = 0; bit < 8; ++bit)
            out[i] = out[i] >> 1 ^ (out[i] & 1 ? 0x82F63B78u : 0);
    }
    return out;
}();

#ifdef __x86_64__
__attribute__((target("sse4.2"))) std::uint32_t by_processor(std::string_view bytes) {
    std::uint64_t crc = 0xFFFFFFFFu;
    for (; bytes.size() >= 8; bytes.remove_prefix(8)) {
        std::uint64_t word;
        std::memcpy(&word, bytes.data(), 8);
        crc = _mm_crc32_u64(crc, word);
    }
    auto rest = std::uint32_t(crc);
    for (char c : bytes)
        rest = _mm_crc32_u8(rest, std::uint8_t(c));
    return ~rest;
}

bool const has_instruction = __builtin_cpu_supports("sse4.2");
#endif

}  // namespace

std::uint32_t crc32c_by_table(std::string_view bytes) {
    std::uint32_t crc = 0xFFFFFFFFu;
    for (char c : bytes)
        crc = crc >> 8 ^ table[std::uint8_t(crc ^ std::uint8_t(c))];
    return ~crc;
}

std::uint32_t crc32c(std::string_view bytes) {
#ifdef __x86_64__
    if (has_instruction) return by_processor(bytes);
#endif
    return crc32c_by_table(bytes);
}

}  // namespace vanna::query
