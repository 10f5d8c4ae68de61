// A short secret as a row of `configurations` holds it: sealed with XChaCha20-Poly1305 under a key made of
// ENCRYPTION_KEY, bound to the setting's name, so that one row's value cannot be put into another's.
#pragma once
#include "core/error.hpp"
#include "jobs/archive/keys.hpp"

namespace vanna::jobs::archive {

// "sealed1:<id of the key>:<base64 of nonce and ciphertext>".
std::string seal_value(key const& with, std::string_view name, std::string_view value);
// invalid_input: it is not sealed, with none of our keys, for another name, or it was changed. The message
// says which and what to do, and nothing of the value.
result<std::string> open_value(key_ring const& keys, std::string_view name, std::string_view sealed);

}  // namespace vanna::jobs::archive
