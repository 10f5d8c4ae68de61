#include "jobs/archive/keys.hpp"

#include <algorithm>
#include <stdexcept>

#include "jobs/archive/digest.hpp"

namespace vanna::jobs::archive {
namespace {

// Part of the format: another text here is another key.
constexpr std::string_view signing_purpose = "vanna-engine backup signing 1";
constexpr std::string_view encryption_purpose = "vanna-engine backup encryption 1";
constexpr std::string_view configuration_purpose = "vanna-engine configuration encryption 1";

key made_of(std::string bytes) {
    auto const mac = hmac_sha256(bytes, "key id");
    return {to_hex(std::string_view(mac).substr(0, 8)), std::move(bytes)};
}

key derived(std::string const& secret, std::string_view purpose) {
    return made_of(hkdf_sha256(secret, purpose));
}

key const* named(std::string_view id, key const* current, std::vector<key> const& previous) {
    if (current && current->id == id) return current;
    auto const found = std::ranges::find(previous, id, &key::id);
    return found == previous.end() ? nullptr : &*found;
}

}  // namespace

key const* key_ring::signing_of(std::string_view id) const {
    return named(id, &signing, previous_signing);
}

key const* key_ring::encryption_of(std::string_view id) const {
    return named(id, encryption ? &*encryption : nullptr, previous_encryption);
}

key const* key_ring::configuration_of(std::string_view id) const {
    return named(id, configuration ? &*configuration : nullptr, previous_configuration);
}

key_ring keys_from(config::settings const& values) {
    std::vector<key> signing;
    if (!values.backup_signing_key.empty()) signing.push_back(made_of(values.backup_signing_key));
    for (auto const* secret : {&values.encryption_key, &values.jwt_secret, &values.encryption_previous_key,
                               &values.jwt_previous_secret})
        if (!secret->empty()) signing.push_back(derived(*secret, signing_purpose));
    if (signing.empty()) throw std::logic_error("JWT_SECRET is empty: config::load should have refused it");
    key_ring out;
    out.signing = signing.front();
    out.previous_signing.assign(signing.begin() + 1, signing.end());
    if (auto const& secret = values.encryption_key; !secret.empty()) {
        out.encryption = derived(secret, encryption_purpose);
        out.configuration = derived(secret, configuration_purpose);
    }
    if (auto const& secret = values.encryption_previous_key; !secret.empty()) {
        out.previous_encryption.push_back(derived(secret, encryption_purpose));
        out.previous_configuration.push_back(derived(secret, configuration_purpose));
    }
    return out;
}

}  // namespace vanna::jobs::archive
