#include "jobs/archive/digest.hpp"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/kdf.h>

#include <algorithm>
#include <stdexcept>

namespace vanna::jobs::archive {
namespace {

constexpr std::size_t digest_bytes = 32;

void require(bool ok) {
    if (!ok) throw std::runtime_error("OpenSSL has no SHA-256");
}

unsigned char const* raw(std::string_view bytes) {
    return reinterpret_cast<unsigned char const*>(bytes.data());
}

}  // namespace

struct running_sha256::context {
    EVP_MD_CTX* made = EVP_MD_CTX_new();
    ~context() { EVP_MD_CTX_free(made); }
};

running_sha256::running_sha256() : context_(std::make_unique<context>()) {
    require(context_->made && EVP_DigestInit_ex(context_->made, EVP_sha256(), nullptr));
}
running_sha256::~running_sha256() = default;

void running_sha256::add(std::string_view bytes) {
    require(EVP_DigestUpdate(context_->made, bytes.data(), bytes.size()));
}

std::string running_sha256::hex() {
    std::string out(digest_bytes, '\0');
    require(EVP_DigestFinal_ex(context_->made, reinterpret_cast<unsigned char*>(out.data()), nullptr));
    return to_hex(out);
}

std::string hmac_sha256(std::string_view key, std::string_view text) {
    std::string out(digest_bytes, '\0');
    require(HMAC(EVP_sha256(), key.data(), int(key.size()), raw(text), text.size(),
                 reinterpret_cast<unsigned char*>(out.data()), nullptr));
    return out;
}

std::string hkdf_sha256(std::string_view secret, std::string_view purpose) {
    std::unique_ptr<EVP_KDF, void (*)(EVP_KDF*)> const kind(EVP_KDF_fetch(nullptr, "HKDF", nullptr),
                                                            EVP_KDF_free);
    std::unique_ptr<EVP_KDF_CTX, void (*)(EVP_KDF_CTX*)> const made(
        kind ? EVP_KDF_CTX_new(kind.get()) : nullptr, EVP_KDF_CTX_free);
    char digest[] = "SHA256";
    auto const octets = [](char const* name, std::string_view bytes) {
        return OSSL_PARAM_construct_octet_string(name, const_cast<char*>(bytes.data()), bytes.size());
    };
    OSSL_PARAM const parameters[] = {OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, digest, 0),
                                     octets(OSSL_KDF_PARAM_KEY, secret), octets(OSSL_KDF_PARAM_INFO, purpose),
                                     OSSL_PARAM_construct_end()};
    std::string out(digest_bytes, '\0');
    require(made && EVP_KDF_derive(made.get(), reinterpret_cast<unsigned char*>(out.data()), out.size(),
                                   parameters) > 0);
    return out;
}

std::string to_hex(std::string_view bytes) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string out;
    for (unsigned char const c : bytes)
        (out += digits[c >> 4]) += digits[c & 15];
    return out;
}

bool is_hex(std::string_view text, std::size_t digits) {
    return text.size() == digits &&
           std::ranges::all_of(text, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

}  // namespace vanna::jobs::archive
