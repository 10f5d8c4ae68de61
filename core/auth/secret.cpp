#include "core/auth/secret.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <sys/random.h>

#include <array>
#include <cstdint>
#include <stdexcept>

namespace vanna::auth {
namespace {

constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

constexpr auto reverse = [] {
    std::array<std::int8_t, 256> table{};
    table.fill(-1);
    for (std::size_t i = 0; i < alphabet.size(); ++i)
        table[std::uint8_t(alphabet[i])] = std::int8_t(i);
    return table;
}();

}  // namespace

std::string random_token() {
    char bytes[32];
    if (getrandom(bytes, sizeof bytes, 0) != ssize_t(sizeof bytes))
        throw std::runtime_error("getrandom failed: no randomness for tokens");
    std::string out;
    append_base64url(out, {bytes, sizeof bytes});
    return out;
}

std::string sha256(std::string_view bytes) {
    std::string out(32, '\0');
    if (!EVP_Digest(bytes.data(), bytes.size(), reinterpret_cast<unsigned char*>(out.data()), nullptr,
                    EVP_sha256(), nullptr))
        throw std::runtime_error("OpenSSL has no SHA-256");
    return out;
}

bool same_bytes(std::string_view a, std::string_view b) {
    return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

void append_base64url(std::string& out, std::string_view bytes) {
    auto const at = [&](std::size_t i) { return std::uint32_t(std::uint8_t(bytes[i])); };
    std::size_t i = 0;
    for (; i + 3 <= bytes.size(); i += 3) {
        auto const group = at(i) << 16 | at(i + 1) << 8 | at(i + 2);
        char const four[] = {alphabet[group >> 18], alphabet[group >> 12 & 63], alphabet[group >> 6 & 63],
                             alphabet[group & 63]};
        out.append(four, 4);
    }
    if (bytes.size() - i == 1) {
        out += {alphabet[at(i) >> 2], alphabet[at(i) << 4 & 63]};
    } else if (bytes.size() - i == 2) {
        auto const group = at(i) << 8 | at(i + 1);
        out += {alphabet[group >> 10], alphabet[group >> 4 & 63], alphabet[group << 2 & 63]};
    }
}

bool decode_base64url(std::string& out, std::string_view text) {
    if (text.size() % 4 == 1) return false;
    std::uint32_t bits = 0;
    int held = 0;
    for (char c : text) {
        auto const value = reverse[std::uint8_t(c)];
        if (value < 0) return false;
        bits = bits << 6 | std::uint32_t(value);
        held += 6;
        if (held >= 8) {
            held -= 8;
            out.push_back(char(bits >> held));
        }
    }
    return (bits & ((1u << held) - 1)) == 0;
}

}  // namespace vanna::auth
