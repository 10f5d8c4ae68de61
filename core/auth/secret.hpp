// The small cryptographic parts that log-in needs: unguessable tokens, SHA-256, comparison in constant time
// and base64url (RFC 4648 section 5, no padding), all on OpenSSL. Called by tokens, sessions and resets.
#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace vanna::auth {

// 32 random bytes of the kernel as 43 base64url characters: refresh tokens and password resets.
std::string random_token();
// 32 raw bytes.
std::string sha256(std::string_view bytes);
// In time that depends on the sizes only.
bool same_bytes(std::string_view a, std::string_view b);

void append_base64url(std::string& out, std::string_view bytes);
// Appends the decoded bytes; false for another alphabet, padding, an impossible length or stray last bits.
bool decode_base64url(std::string& out, std::string_view text);

}  // namespace vanna::auth
