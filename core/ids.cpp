#include "core/ids.hpp"

#include <pthread.h>
#include <sys/random.h>

#include <atomic>
#include <cstring>
#include <stdexcept>

namespace vanna {
namespace {

constexpr char hex[] = "0123456789abcdef";

int nibble(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

std::atomic<unsigned> forks{0};  // counted in the child: what its parent had drawn is not used again
[[maybe_unused]] int const watched = pthread_atfork(nullptr, nullptr, [] { ++forks; });

std::uint64_t random_bits() {
    // A block from the kernel at a time: unguessable, and one system call for 32 ids.
    thread_local std::uint64_t block[64];
    thread_local std::size_t next = 64;
    thread_local unsigned drawn_after = 0;
    if (auto const now_is = forks.load(std::memory_order_relaxed); next == 64 || drawn_after != now_is) {
        drawn_after = now_is;
        if (getrandom(block, sizeof block, 0) != ssize_t(sizeof block))
            throw std::runtime_error("getrandom failed: no randomness for ids");
        next = 0;
    }
    return block[next++];
}

}  // namespace

void append(std::string& out, uuid const& id) {
    for (std::size_t i = 0; i < 16; ++i) {
        if (i == 4 || i == 6 || i == 8 || i == 10) out.push_back('-');
        out.push_back(hex[id.bytes[i] >> 4]);
        out.push_back(hex[id.bytes[i] & 15]);
    }
}

std::string to_string(uuid const& id) {
    std::string out;
    out.reserve(36);
    append(out, id);
    return out;
}

std::optional<uuid> parse_uuid(std::string_view text) {
    if (text.size() != 36) return {};
    uuid id;
    std::size_t at = 0;
    for (std::size_t i = 0; i < 16; ++i) {
        if (i == 4 || i == 6 || i == 8 || i == 10) {
            if (text[at++] != '-') return {};
        }
        int const high = nibble(text[at]), low = nibble(text[at + 1]);
        if (high < 0 || low < 0) return {};
        id.bytes[i] = std::uint8_t(high << 4 | low);
        at += 2;
    }
    return id;
}

uuid new_id() {
    thread_local std::uint64_t last_ms = 0;
    thread_local std::uint16_t sequence = 0;
    auto const ms = std::uint64_t(
        std::chrono::duration_cast<std::chrono::milliseconds>(now().time_since_epoch()).count());
    std::uint64_t const a = random_bits(), b = random_bits();
    if (ms > last_ms) {
        last_ms = ms;
        sequence = std::uint16_t(a & 0x7FF);  // half the range: room to count up within the millisecond
    } else if (++sequence > 0xFFF) {
        sequence = 0;
        ++last_ms;
    }
    uuid id;
    for (int i = 0; i < 6; ++i)
        id.bytes[std::size_t(i)] = std::uint8_t(last_ms >> (40 - 8 * i));
    id.bytes[6] = std::uint8_t(0x70 | sequence >> 8);
    id.bytes[7] = std::uint8_t(sequence);
    std::memcpy(&id.bytes[8], &b, 8);
    id.bytes[8] = std::uint8_t((id.bytes[8] & 0x3F) | 0x80);
    return id;
}

std::optional<instant> time_of(uuid const& id) {
    if (id.bytes[6] >> 4 != 7 || id.bytes[8] >> 6 != 2) return {};
    std::uint64_t ms = 0;
    for (std::size_t i = 0; i < 6; ++i)
        ms = ms << 8 | id.bytes[i];
    return instant{std::chrono::milliseconds(ms)};
}

}  // namespace vanna
