// Lets a request in or answers for the handler: token, role, the Origin check of browser sessions, and
// maintenance, which keeps writers out. Runs once the header is there, before the body is read; costs no
// round trip.
#pragma once
#include <optional>

#include "core/auth/principal.hpp"
#include "server/http/route.hpp"

namespace vanna::http {

// Verifies access tokens from memory. One a worker, used on its thread; core/auth stands behind it.
class authenticator {
  public:
    virtual ~authenticator() = default;
    // unauthenticated; unavailable before the revocations are loaded.
    virtual result<auth::principal> verify(std::string_view token) = 0;
    // unavailable while what an administrator does could not be recorded.
    virtual result<void> can_record() { return {}; }
    // Why nothing may be changed at the moment; nothing: it may.
    virtual std::optional<error> closed_to_writers() { return {}; }
    // A request was turned away with 401 or 403 (for the audit, which counts them).
    virtual void refused(request const&, errc) {}
};

// Nothing: go on, with what.principal set when there is one. `what.route` must be set.
std::optional<response> admit(request& what, authenticator* by);

// The bearer token of a request, else its session cookie's.
struct token {
    std::string_view text;
    bool from_cookie = false;
};
token token_of(request const& what);

// True when a browser says that the request comes from a page of this very host.
bool same_origin(request const& what);

}  // namespace vanna::http
