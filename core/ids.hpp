// UUIDv7 (RFC 9562): every id of the engine. Made here, sortable by time, never reused. A client may bring
// its own.
#pragma once
#include <array>
#include <compare>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "core/clock.hpp"

namespace vanna {

struct uuid {
    std::array<std::uint8_t, 16> bytes{};
    auto operator<=>(uuid const&) const = default;
    bool is_nil() const { return *this == uuid{}; }
};

// 36 lower-case characters with hyphens.
std::string to_string(uuid const& id);
void append(std::string& out, uuid const& id);
// Exactly the 36-character form, either case; anything else is nothing.
std::optional<uuid> parse_uuid(std::string_view text);

// A new UUIDv7, random bits from a per-thread generator seeded by the kernel; monotonic within a thread.
uuid new_id();
// Version 7 and its time; nothing for another version.
std::optional<instant> time_of(uuid const& id);

}  // namespace vanna

template <>
struct std::hash<vanna::uuid> {
    std::size_t operator()(vanna::uuid const& id) const noexcept {
        std::uint64_t words[2];
        __builtin_memcpy(words, id.bytes.data(), 16);
        return words[0] * 0x9E3779B97F4A7C15ull ^ words[1];
    }
};
