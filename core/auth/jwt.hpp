// Access tokens: JWT (RFC 7519) signed with HS256, made and verified by this server only. The header must be
// byte for byte ours, so no token chooses its algorithm; why no library does it is told in
// core/auth/README.md.
#pragma once
#include <memory>
#include <optional>

#include "core/auth/principal.hpp"
#include "core/error.hpp"

namespace vanna::auth {

struct access_claims {
    principal who;
    instant issued{}, expires{};  // whole seconds
};

// HMAC-SHA-256 keyed once. Not thread-safe, hence one a worker.
class hmac_key {
  public:
    explicit hmac_key(std::string_view secret);
    ~hmac_key();
    hmac_key(hmac_key const&) = delete;
    // The 43 base64url characters of the code of `text`; valid until the next call.
    std::string_view encoded(std::string_view text);

  private:
    struct context;
    std::unique_ptr<context> context_;
    std::string out_;
};

// One a worker.
class access_tokens {
  public:
    // `previous_secret` (may be empty) still verifies, so that a secret can be changed without ending
    // sessions.
    access_tokens(std::string_view secret, std::string_view previous_secret);

    std::string sign(access_claims const& claims);
    // unauthenticated: whatever is wrong with it; only its age is told apart in the message.
    result<access_claims> verify(std::string_view token, instant at);

  private:
    hmac_key current_;
    std::optional<hmac_key> previous_;
    std::string payload_;
};

}  // namespace vanna::auth
