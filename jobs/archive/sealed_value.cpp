#include "jobs/archive/sealed_value.hpp"

#include "jobs/archive/digest.hpp"
#include "jobs/archive/sodium.hpp"

namespace vanna::jobs::archive {
namespace {

constexpr std::string_view magic = "sealed1:";
constexpr std::size_t id_digits = 16;
constexpr std::size_t nonce_bytes = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES;
constexpr std::size_t tag_bytes = crypto_aead_xchacha20poly1305_ietf_ABYTES;
constexpr int base64 = sodium_base64_VARIANT_ORIGINAL;
static_assert(crypto_aead_xchacha20poly1305_ietf_KEYBYTES == 32);

error refused(std::string_view name, std::string_view why) {
    return {errc::invalid_input, public_text{"the stored value of " + std::string(name) + " " +
                                             std::string(why) + "; set it again"}};
}

// Empty: it is no base64.
std::string decoded(std::string_view text) {
    std::string out(text.size(), '\0');
    std::size_t size = 0;
    if (sodium_base642bin(raw(out), out.size(), text.data(), text.size(), nullptr, &size, nullptr, base64) !=
        0)
        return {};
    out.resize(size);
    return out;
}

}  // namespace

std::string seal_value(key const& with, std::string_view name, std::string_view value) {
    start_sodium();
    std::string box(nonce_bytes + value.size() + tag_bytes, '\0');
    randombytes_buf(box.data(), nonce_bytes);
    unsigned long long size = 0;
    crypto_aead_xchacha20poly1305_ietf_encrypt(raw(box) + nonce_bytes, &size, raw(value), value.size(),
                                               raw(name), name.size(), nullptr, raw(box), raw(with.bytes));
    std::string text(sodium_base64_encoded_len(box.size(), base64), '\0');
    sodium_bin2base64(text.data(), text.size(), raw(box), box.size(), base64);
    text.pop_back();  // the terminating zero
    return std::string(magic) + with.id + ":" + text;
}

result<std::string> open_value(key_ring const& keys, std::string_view name, std::string_view sealed) {
    start_sodium();
    auto const begin = magic.size() + id_digits + 1;
    if (!sealed.starts_with(magic) || sealed.size() < begin || sealed[begin - 1] != ':')
        return refused(name, "is not sealed");
    auto const id = sealed.substr(magic.size(), id_digits);
    auto const* const with = keys.configuration_of(id);
    if (!with)
        return refused(name, "is sealed with an ENCRYPTION_KEY that is not here (its id is " +
                                 std::string(is_hex(id, id_digits) ? id : "odd") +
                                 "); bring that key back as ENCRYPTION_PREVIOUS_KEY, or");
    auto const box = decoded(sealed.substr(begin));
    if (box.size() < nonce_bytes + tag_bytes) return refused(name, "is cut off");
    std::string out(box.size() - nonce_bytes - tag_bytes, '\0');
    unsigned long long size = 0;
    if (crypto_aead_xchacha20poly1305_ietf_decrypt(
            raw(out), &size, nullptr, raw(std::string_view(box).substr(nonce_bytes)),
            box.size() - nonce_bytes, raw(name), name.size(), raw(box), raw(with->bytes)) != 0)
        return refused(name, "was changed or belongs to another setting");
    return out;
}

}  // namespace vanna::jobs::archive
