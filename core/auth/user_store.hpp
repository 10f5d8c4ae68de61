// The users and sessions that the auth routes and the command line read and write. db/postgres implements
// both. All calls: unavailable when PostgreSQL is away, deadline_exceeded past `limit`.
#pragma once
#include "core/async/awaitable.hpp"
#include "core/auth/principal.hpp"
#include "core/page.hpp"

namespace vanna::auth {

struct user_changes {
    std::optional<std::string> email, full_name, password_hash;
    std::optional<auth::role> role;
    std::optional<bool> is_active;
    // Only if nobody has changed password, role or activity since session_epoch was this; else conflict.
    std::optional<std::int64_t> unless_past_epoch;
};

class user_store {
  public:
    virtual ~user_store() = default;
    virtual awaitable<result<user>> by_id(uuid id, deadline limit) = 0;               // not_found
    virtual awaitable<result<user>> by_email(std::string email, deadline limit) = 0;  // not_found; any case
    virtual awaitable<result<user>> create(user made, deadline limit) = 0;  // conflict: the address is taken
    // Applies what is set. A change of role, password or activity also raises session_epoch, writes the
    // revocation and notifies, in one transaction; a new password or deactivation also ends the user's
    // refresh tokens and a pending reset. conflict: it would leave no active admin, or the address is taken.
    // not_found.
    virtual awaitable<result<user>> update(uuid id, user_changes changes, deadline limit) = 0;
    virtual awaitable<result<page<user>>> list(page_request which, deadline limit) = 0;
    virtual awaitable<result<void>> touch_login(uuid id, deadline limit) = 0;  // last_login = now
};

struct refresh_grant {
    user whose;  // as of the rotation: a change after it ends what is made of it
    uuid family_id;
};

class session_store {
  public:
    virtual ~session_store() = default;
    // Hashes are SHA-256 of the opaque token, 32 raw bytes; the token itself is never stored.
    // unauthenticated: password, role or activity were changed after `who` was read.
    virtual awaitable<result<void>> add_refresh(user const& who, uuid family_id, std::string hash,
                                                instant expires, deadline limit) = 0;
    // Takes the token out of use and adds `next_hash` to its family, atomically. unauthenticated: unknown or
    // expired. A token used before revokes its whole family (also its access tokens, with notification):
    // unauthenticated.
    virtual awaitable<result<refresh_grant>> rotate_refresh(std::string hash, std::string next_hash,
                                                            instant next_expires, deadline limit) = 0;
    // Log-out: ends the family and revokes its access tokens until `until`, with notification.
    virtual awaitable<result<void>> revoke_family(uuid user_id, uuid family_id, instant until,
                                                  deadline limit) = 0;
    // One pending reset a user; a new one replaces it.
    virtual awaitable<result<void>> add_password_reset(uuid user_id, std::string hash, instant expires,
                                                       deadline limit) = 0;
    // Single use: takes it and sets the password, with all that update() does then. unauthenticated: unknown,
    // used or expired.
    virtual awaitable<result<uuid>> use_password_reset(std::string hash, std::string password_hash,
                                                       deadline limit) = 0;
};

}  // namespace vanna::auth
