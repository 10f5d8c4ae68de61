// The keys of backup archives and of secret configuration values, from the settings: what signs and encrypts
// new ones, and what still verifies and opens older ones after a rotation. Each key has a public id that says
// nothing about the key itself.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/settings.hpp"

namespace vanna::jobs::archive {

struct key {
    std::string id;     // 16 hexadecimal digits, from HMAC-SHA-256(bytes, "key id")
    std::string bytes;  // secret
};

struct key_ring {
    key signing;
    std::vector<key> previous_signing;
    std::optional<key> encryption;  // nothing: ENCRYPTION_KEY is empty
    std::vector<key> previous_encryption;
    std::optional<key> configuration;  // of the same ENCRYPTION_KEY
    std::vector<key> previous_configuration;

    // Among the current and the previous ones; null: none of ours.
    key const* signing_of(std::string_view id) const;
    key const* encryption_of(std::string_view id) const;
    key const* configuration_of(std::string_view id) const;
};

// Signing: BACKUP_SIGNING_KEY, else HKDF-SHA-256 of ENCRYPTION_KEY, else of JWT_SECRET. All others of these,
// and those of the previous secrets, are previous keys: stating a key later orphans no archive.
key_ring keys_from(config::settings const& values);

}  // namespace vanna::jobs::archive
